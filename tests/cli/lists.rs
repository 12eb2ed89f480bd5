//! Lists that scale: pages by cursor, filters, and the bulk verbs that take the same filters.

use serde_json::{Value, json};

use crate::support::App;

/// The names in a list.
fn names(app: &App, words: &str) -> Vec<String> {
    let field = if words.starts_with("user") { "username" } else { "name" };
    let out = app.run(&format!("{words} -o tsv --fields {field}")).ok().out;
    out.lines().map(str::to_owned).collect()
}

/// Every name, gathered page by page.
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

/// Seven keys with ties in every order but the name.
fn seven() -> App {
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
fn pages_cover_everything_once_in_every_order() {
    let app = seven();
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
fn a_page_is_not_shifted_by_what_is_made_meanwhile() {
    let app = seven();
    let page = app.run("key list --sort name --limit 3 --json --fields name").ok().json();
    let cursor = page["next_cursor"].as_str().unwrap();
    app.key("aa", "--scope assets.read");
    app.run("key revoke c --yes").ok();
    assert_eq!(names(&app, &format!("key list --sort name --cursor {cursor}")), ["d", "e", "f", "g"]);
}

#[test]
fn a_cursor_is_good_for_its_own_list_and_order_alone() {
    let app = seven();
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
            "error: the cursor is not one that this list gave out\nhint: use next_cursor of the previous page, with the same options\n",
            "{words}"
        );
        assert_eq!(run.out, "");
    }
}

#[test]
fn a_list_that_goes_on_says_so() {
    let app = seven();
    let cursor = app.run("key list --limit 2 --json").ok().json()["next_cursor"].as_str().unwrap().to_owned();
    let run = app.run("key list --limit 2 -o tsv").ok();
    assert_eq!(run.err, format!("To continue the list: --cursor {cursor}; to print all of it: --all\n"));
    assert_eq!(app.run("key list --limit 7 -o tsv").ok().err, "");
}

#[test]
fn all_streams_more_than_one_read() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    // More than the 500 that one read takes.
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

/// Keys that differ in what the filters look at.
fn varied() -> App {
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
    app.pass("2d");
    app.sql("UPDATE clients SET last_used_at = 1795516200000 + 86400000 WHERE name = 'active'");
    app.key("young", "--scope assets.read --expires 100d");
    app
}

#[test]
fn each_filter_keeps_what_it_says() {
    let app = varied();
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
        ("--owner nobody", &[]),
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
fn a_filter_by_something_that_is_not_there_is_not_an_empty_answer() {
    let app = varied();
    app.run("group add integrations --scope assets.read").ok();
    let no_group = "error: there is no group \"integratoins\"\nhint: did you mean integrations?\n";
    for words in ["key list", "consumer list", "key revoke --yes", "consumer disable --yes"] {
        assert_eq!(app.run(&format!("{words} --group integratoins")).exits(3).err, no_group, "{words}");
    }
    for words in
        ["grant list --user nobody", "grant revoke --consumer nobody --yes", "token list --key nobody"]
    {
        app.run(words).exits(3);
    }
    // A group that nobody is in is an answer.
    assert_eq!(app.run("key list --group integrations --json").ok().json()["items"], json!([]));
    assert_eq!(
        app.run("key revoke --group integrations --yes --json").ok().json()["counts"],
        json!({"changed": 0, "already": 0})
    );
}

#[test]
fn bulk_verbs_take_the_filters_that_lists_take() {
    for (filter, count) in
        [("--state active", 4), ("--match *d", 3), ("--group g", 2), ("--expiring-in 8d", 1), ("--all", 6)]
    {
        let app = varied();
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
        assert_eq!(audited.lines().count(), count, "one record for each, in one operation");
    }
}

#[test]
fn many_handles_are_one_transaction() {
    let app = seven();
    let (id, _) = app.key("last", "--scope assets.read");
    let before = app.rows();
    // A wrong handle among right ones changes nothing.
    for words in ["key revoke a b nonsense --yes", "key revoke a apck_test_ --yes", "key revoke a Bad --yes"]
    {
        assert_ne!(app.run(words).exit, 0, "{words}");
    }
    app.call("key revoke - --yes").stdin("a\nb\nnonsense\n").run().exits(3);
    assert_eq!(app.rows(), before);
    assert_eq!(names(&app, "key list").len(), 8);
    // Named twice, by name and by id, it is changed once.
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
    // What a list prints can be piped into a verb.
    let ids = app.run("key list -o id").ok().out;
    app.call("key disable - --yes").stdin(ids).run().ok();
    assert_eq!(names(&app, "key list --state active").len(), 0);
}

#[test]
fn what_is_so_already_is_no_change_and_no_error() {
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
    app.user("tech1");
    // Cloned, since hashing a password for each would take its time.
    app.sql(
        "INSERT INTO users (user_id, username, password_hash, created_at) SELECT 'usr_00000000000' || value, 'tech' || value, password_hash, created_at
         FROM users, json_each('[2,3,4]')",
    );
    app.run("user disable tech3 --yes").ok();
    assert_eq!(names(&app, "user list"), ["tech4", "tech3", "tech2", "tech1"]);
    assert_eq!(paged(&app, "user list", 3), ["tech4", "tech3", "tech2", "tech1"]);
    assert_eq!(names(&app, "user list --state disabled"), ["tech3"]);
    assert_eq!(names(&app, "user list --state active"), ["tech4", "tech2", "tech1"]);
    assert_eq!(names(&app, "user list --match *[12]"), ["tech2", "tech1"]);
}

#[test]
fn a_table_of_everything_is_laid_out_page_by_page() {
    let app = App::new();
    app.key("k", "--scope assets.read --expires never");
    // Two pages of 500 and a bit; the longest name comes last.
    app.sql(
        "INSERT INTO clients (client_id, kind, name, scope, is_public, client_credentials, authorization_code, redirect_uris, stored_state, stored_state_at, created_at, revision)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
         SELECT 'apck_test_' || substr('000000000000' || i, -12), 'key', 'k' || (i + 1000), scope, 0, 1, 0, redirect_uris, 'active', created_at, created_at, 1 FROM clients, n WHERE name = 'k'",
    );
    let run = app.call("key list --all --sort name -o table").at_terminal(200).run().ok();
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 1102, "one heading and a line a key");
    assert_eq!(lines.iter().filter(|line| line.starts_with("CLIENT ID")).count(), 1);
    let state = lines[0].find("STATE").unwrap();
    assert!(lines[1..].iter().all(|line| line[state..].starts_with("active")), "{run:?}");
}
