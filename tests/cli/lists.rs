//! Lists: paging by cursor, filters, and bulk verbs that take the same filters.

use serde_json::{Value, json};

use crate::support::App;

/// Returns the names in a list.
fn names(app: &App, words: &str) -> Vec<String> {
    let field = if words.starts_with("user") { "username" } else { "name" };
    let out = app.run(&format!("{words} -o tsv --fields {field}")).ok().out;
    out.lines().map(str::to_owned).collect()
}

/// Returns all names, read in pages of `limit`.
fn paged(app: &App, words: &str, limit: usize) -> Vec<String> {
    let field = if words.starts_with("user") { "username" } else { "name" };
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.run(&format!("{words} --limit {limit} --json --fields {field} {cursor}")).ok().json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        all.extend(items.iter().map(|item| item[field].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("--cursor {next}"),
            None => return all,
        }
    }
}

/// Makes seven keys with ties in every sort order except the name.
fn seven_keys() -> App {
    let app = App::new();
    for (name, expires) in
        [("c", "10d"), ("a", "10d"), ("g", "never"), ("b", "20d"), ("e", "never"), ("d", "10d"), ("f", "20d")]
    {
        app.key(name, &format!("--scope assets.read --expires {expires}"));
    }
    app.sql("UPDATE clients SET last_used_at = 1795516200000 WHERE name IN ('a', 'b', 'g')");
    app
}

#[test]
fn pages_contain_each_row_once_in_every_order() {
    let app = seven_keys();
    for (sort, order) in [
        ("created", "cagbedf"),
        ("-created", "fdebgac"),
        ("name", "abcdefg"),
        ("-name", "gfedcba"),
        ("expires", "cadbfge"),
        ("-expires", "egfbdac"),
        ("last_used", "cedfagb"),
        ("-last_used", "bgafdec"),
    ] {
        let whole: Vec<String> = order.chars().map(String::from).collect();
        assert_eq!(names(&app, &format!("key list --sort {sort}")), whole, "{sort}");
        assert_eq!(names(&app, &format!("key list --sort {sort} --all")), whole, "{sort}");
        for limit in [1, 2, 3, 6, 7, 8] {
            assert_eq!(paged(&app, &format!("key list --sort {sort}"), limit), whole, "{sort} by {limit}");
        }
    }
    assert_eq!(names(&app, "key list"), names(&app, "key list --sort -created"));
}

#[test]
fn new_rows_do_not_shift_the_next_page() {
    let app = seven_keys();
    let page = app.run("key list --sort name --limit 3 --json --fields name").ok().json();
    let cursor = page["next_cursor"].as_str().unwrap();
    app.key("aa", "--scope assets.read");
    app.run("key revoke c --yes").ok();
    assert_eq!(names(&app, &format!("key list --sort name --cursor {cursor}")), ["d", "e", "f", "g"]);
}

#[test]
fn cursor_is_valid_only_for_its_list_and_order() {
    let app = seven_keys();
    for name in ["x", "y"] {
        app.consumer(name, "--scope assets.read");
    }
    let cursor = |words: &str| {
        let page = app.run(&format!("{words} --limit 1 --json")).ok().json();
        page["next_cursor"].as_str().unwrap().to_owned()
    };
    let by_name = cursor("key list --sort name");
    let newest = cursor("key list");
    for words in [
        format!("key list --sort -name --cursor {by_name}"),
        format!("key list --sort expires --cursor {by_name}"),
        format!("key list --cursor {by_name}"),
        format!("key list --sort created --cursor {newest}"),
        format!("consumer list --cursor {newest}"),
        format!("consumer list --sort name --cursor {by_name}"),
        format!("user list --cursor {newest}"),
        format!("grant list --cursor {newest}"),
        format!("token list --cursor {newest}"),
        format!("audit list --cursor {newest}"),
        "key list --cursor nonsense".to_owned(),
    ] {
        let run = app.run(&words).exits(2);
        assert_eq!(
            run.err,
            "error: the cursor does not belong to this list\nhint: use next_cursor of the previous page, with the same options\n",
            "{words}"
        );
        assert_eq!(run.out, "", "{words:?}");
    }
}

#[test]
fn incomplete_list_mentions_the_next_page() {
    let app = seven_keys();
    let cursor = app.run("key list --limit 2 --json").ok().json()["next_cursor"].as_str().unwrap().to_owned();
    let run = app.run("key list --limit 2 -o tsv").ok();
    assert_eq!(run.err, format!("To continue the list: --cursor {cursor}; to print all of it: --all\n"));
    assert_eq!(app.run("key list --limit 7 -o tsv").ok().err, "");
}

#[test]
fn all_prints_more_rows_than_one_query_reads() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    // More than the 500 rows that one query reads.
    app.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1201)
         INSERT INTO clients (client_id, kind, name, scope, is_public, client_credentials, authorization_code, redirect_uris,
           stored_state, stored_state_at, created_at, revision)
         SELECT printf('apck_test_%012d', i), 'key', printf('n%05d', i), 'assets.read', 0, 1, 0, '', 'active', 0, 0, 1 FROM n",
    );
    let all = names(&app, "key list --all --sort name");
    assert_eq!(all.len(), 1202);
    assert!(all.is_sorted());
    let document = app.run("key list --all --json --fields name").ok().json();
    assert_eq!(document["items"].as_array().unwrap().len(), 1202);
    assert_eq!(document["next_cursor"], Value::Null);
    assert_eq!(names(&app, "key list").len(), 50);
    let counts = app.run("key revoke --all --yes --json --fields name").ok().json()["counts"].clone();
    assert_eq!(counts, json!({"changed": 1202, "already": 0}));
    assert_eq!(app.number("SELECT count(*) FROM audit WHERE event = 'key.revoke'"), 1202);
    app.run("audit verify").ok();
}

/// Makes keys that differ in every filtered field.
fn varied_keys() -> App {
    let app = App::new();
    app.run("group add g --scope work_orders.write").ok();
    app.key("active", "--scope assets.read --owner ops --expires 100d");
    app.key("grouped", "--group g --expires 10d");
    app.key("both", "--group g --scope assets.read --owner \"Team B\"");
    app.key("disabled", "--scope assets.read --expires 100d");
    app.key("revoked", "--scope assets.read --expires 100d");
    app.key("expired", "--scope assets.read --expires 1d");
    app.run("key disable disabled --yes").ok();
    app.run("key revoke revoked --yes").ok();
    app.advance("2d");
    app.sql("UPDATE clients SET last_used_at = 1795516200000 + 86400000 WHERE name = 'active'");
    app.key("young", "--scope assets.read --expires 100d");
    app
}

#[test]
fn each_filter_selects_the_matching_keys() {
    let app = varied_keys();
    for (filter, expected) in [
        ("", &["active", "both", "disabled", "expired", "grouped", "young"][..]),
        ("--state active", &["active", "both", "grouped", "young"]),
        ("--state disabled", &["disabled"]),
        ("--state expired", &["expired"]),
        ("--state revoked", &["revoked"]),
        ("--state all", &["active", "both", "disabled", "expired", "grouped", "revoked", "young"]),
        ("--scope work_orders.write", &["both", "grouped"]),
        ("--scope assets.read --state active", &["active", "both", "young"]),
        ("--scope assets", &[]),
        ("--group g", &["both", "grouped"]),
        ("--owner ops", &["active"]),
        ("--owner \"Team B\"", &["both"]),
        ("--owner unassigned", &[]),
        ("--expiring-in 8d", &["grouped"]),
        ("--expiring-in 7d", &[]),
        ("--expiring-in 98d", &["active", "disabled", "grouped"]),
        ("--unused-for 1d", &["both", "disabled", "expired", "grouped"]),
        ("--unused-for 12h", &["active", "both", "disabled", "expired", "grouped"]),
        ("--unused-for 3d", &[]),
        ("--match *d --state all", &["disabled", "expired", "grouped", "revoked"]),
        ("--match ?o*", &["both", "young"]),
        ("--match [ab]*", &["active", "both"]),
        ("--match *d --group g", &["grouped"]),
    ] {
        assert_eq!(names(&app, &format!("key list --sort name {filter}")), expected, "{filter}");
        assert_eq!(paged(&app, &format!("key list --sort name {filter}"), 2), expected, "{filter}");
    }
}

#[test]
fn filter_by_a_missing_object_is_an_error() {
    let app = varied_keys();
    app.run("group add integrations --scope assets.read").ok();
    let no_group = "error: there is no group \"integratoins\"\nhint: did you mean integrations?\n";
    for words in ["key list", "consumer list", "key revoke --yes", "consumer disable --yes"] {
        assert_eq!(app.run(&format!("{words} --group integratoins")).exits(3).err, no_group, "{words}");
    }
    for words in
        ["grant list --user missing", "grant revoke --consumer missing --yes", "token list --key missing"]
    {
        app.run(words).exits(3);
    }
    // An existing group without members is no error.
    assert_eq!(app.run("key list --group integrations --json").ok().json()["items"], json!([]));
    assert_eq!(
        app.run("key revoke --group integrations --yes --json").ok().json()["counts"],
        json!({"changed": 0, "already": 0})
    );
}

#[test]
fn bulk_verbs_take_the_filters_of_lists() {
    for (filter, count) in
        [("--state active", 4), ("--match *d", 3), ("--group g", 2), ("--expiring-in 8d", 1), ("--all", 6)]
    {
        let app = varied_keys();
        let listed = if filter == "--all" { "" } else { filter };
        let mut expected = names(&app, &format!("key list --sort name {listed}"));
        let run = app.run(&format!("key revoke {filter} --yes --json --fields name")).ok().json();
        assert_eq!(run["counts"], json!({"changed": count, "already": 0}), "{filter}");
        let mut revoked = names(&app, "key list --sort name --state revoked");
        expected.push("revoked".to_owned());
        expected.sort();
        revoked.sort();
        assert_eq!(revoked, expected, "{filter}");
        let operation = run["operation"].as_str().unwrap();
        let audited = app.run(&format!("audit list --operation {operation} -o id")).ok().out;
        assert_eq!(audited.lines().count(), count, "one audit record for each change, in one operation");
    }
}

#[test]
fn many_handles_are_changed_in_one_transaction() {
    let app = seven_keys();
    let (id, _) = app.key("last", "--scope assets.read");
    let before = app.rows();
    // One unknown handle prevents all changes.
    for words in ["key revoke a b nonsense --yes", "key revoke a apck_test_ --yes", "key revoke a Bad --yes"]
    {
        assert_ne!(app.run(words).exit, 0, "{words}");
    }
    app.call("key revoke - --yes").stdin("a\nb\nnonsense\n").run().exits(3);
    assert_eq!(app.rows(), before);
    assert_eq!(names(&app, "key list").len(), 8);
    // A key given by name and by id is changed once.
    let run = app
        .call("key revoke a - last --yes --json --fields name")
        .stdin(format!("  b  \n\n{id}\nc\n"))
        .run()
        .ok();
    assert_eq!(run.json()["counts"], json!({"changed": 4, "already": 0}));
    assert_eq!(
        run.json()["items"],
        json!([
            {"name": "a", "changed": true}, {"name": "b", "changed": true},
            {"name": "last", "changed": true}, {"name": "c", "changed": true}
        ])
    );
    assert_eq!(app.call("key revoke - --yes -o id").stdin("").run().ok().out, "");
    // The output of a list can be piped into a verb.
    let ids = app.run("key list -o id").ok().out;
    app.call("key disable - --yes").stdin(ids).run().ok();
    assert_eq!(names(&app, "key list --state active").len(), 0);
}

#[test]
fn unchanged_objects_are_counted_and_no_error() {
    let app = App::new();
    let (id, _) = app.key("k", "--scope assets.read");
    app.run("key revoke k --yes").ok();
    let before = app.rows();
    let run = app.run("key revoke k --yes --json --fields state").ok();
    assert_eq!(run.json()["changed"], false);
    assert_eq!(run.json()["counts"], json!({"changed": 0, "already": 1}));
    assert_eq!(run.err, format!("key k ({id}) was already revoked.\n"));
    assert_eq!(app.rows(), before);
    app.run("key disable k --yes").exits(5);
    app.run("key enable k").exits(5);
    app.key("k2", "--scope assets.read");
    assert_eq!(app.run("key enable k2 --json").ok().json()["changed"], false);
    app.run("key disable k2 --yes").ok();
    assert_eq!(app.run("key disable k2 --yes --json").ok().json()["changed"], false);
    assert_eq!(app.run("key edit k2 --owner o --json").ok().json()["changed"], true);
    assert_eq!(app.run("key edit k2 --owner o --json").ok().json()["changed"], false);
}

#[test]
fn users_are_filtered_and_paged() {
    let app = App::new();
    for name in ["tech1", "tech2", "tech3", "tech4"] {
        app.user(name);
    }
    app.run("user disable tech3 --yes").ok();
    assert_eq!(names(&app, "user list"), ["tech4", "tech3", "tech2", "tech1"]);
    assert_eq!(paged(&app, "user list", 3), ["tech4", "tech3", "tech2", "tech1"]);
    assert_eq!(names(&app, "user list --state disabled"), ["tech3"]);
    assert_eq!(names(&app, "user list --state active"), ["tech4", "tech2", "tech1"]);
    assert_eq!(names(&app, "user list --match *[12]"), ["tech2", "tech1"]);
}

#[test]
fn table_of_all_rows_is_laid_out_page_by_page() {
    let app = App::new();
    app.key("k", "--scope assets.read --expires never");
    // Two full pages of 500 and a third one that contains the longest name.
    app.sql(
        "INSERT INTO clients (client_id, kind, name, scope, is_public, client_credentials, authorization_code, redirect_uris, stored_state, stored_state_at, created_at, revision)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
         SELECT 'apck_test_' || substr('000000000000' || i, -12), 'key', 'k' || (i + 1000), scope, 0, 1, 0, redirect_uris, 'active', created_at, created_at, 1 FROM clients, n WHERE name = 'k'",
    );
    let run = app.call("key list --all --sort name -o table").at_terminal(200).run().ok();
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 1102, "one heading, and one line for each key");
    assert_eq!(lines.iter().filter(|line| line.starts_with("CLIENT ID")).count(), 1);
    let state = lines[0].find("STATE").unwrap();
    assert!(lines[1..].iter().all(|line| line[state..].starts_with("active")), "{run:?}");
}
