//! Grants (the authorization of a consumer by a user) and the tokens issued under them.

use crate::support::App;

/// Makes a base with two users and two consumers that use the authorization code grant.
fn base() -> App {
    let app = App::new();
    app.user("tech1");
    app.user("tech2");
    for name in ["field-app", "desk-app"] {
        app.run(&format!(
            "consumer add {name} --grant authorization_code --redirect-uri https://{name}.example/cb --scope assets.read --scope work_orders.write"
        ))
        .ok();
    }
    app
}

fn granted(app: &App, words: &str) -> Vec<String> {
    let out = app.run(&format!("grant list {words} --fields user.name,consumer.name -o tsv -q")).ok().out;
    out.lines().map(|line| line.replace('\t', "/")).collect()
}

#[test]
fn grant_is_added_and_widened() {
    let app = base();
    let run = app.run("grant add tech1 field-app --scope assets.read --json").ok();
    let id = run.json()["grant"]["grant_id"].as_str().unwrap().to_owned();
    assert_eq!(run.err, format!("grant {id} (tech1/field-app) is active for assets.read.\n"));
    let wider = app.run("grant add tech1 field-app --scope work_orders.write --json").ok().json();
    assert_eq!(wider["changed"], true);
    assert_eq!(wider["grant"]["grant_id"], id);
    assert_eq!(wider["grant"]["scope"], "assets.read work_orders.write");
    let same = app.run("grant add tech1 field-app --scope assets.read --json").ok();
    assert_eq!(
        same.err,
        format!("grant {id} (tech1/field-app) is already active for assets.read work_orders.write.\n")
    );
    assert_eq!(same.json()["changed"], false);
    assert_eq!(granted(&app, ""), ["tech1/field-app"]);
}

#[test]
fn grant_that_could_not_be_used_is_rejected() {
    let app = base();
    app.consumer("bot", "--scope assets.read");
    app.run("scope add admin \"All\"").ok();
    app.run("consumer add gone --grant authorization_code --redirect-uri https://g.example/cb --scope assets.read").ok();
    app.run("consumer revoke gone --yes").ok();
    app.run("user disable tech2 --yes").ok();
    for (words, code, err) in [
        (
            "tech1 field-app --scope admin --scope assets.read",
            5,
            "error: consumer \"field-app\" does not have admin\nhint: to give the scopes to the consumer first: apiconn consumer edit field-app --add-scope admin\n",
        ),
        (
            "tech2 field-app --scope assets.read",
            5,
            "error: user \"tech2\" is disabled\nhint: to enable the user: apiconn user enable tech2\n",
        ),
        (
            "tech1 bot --scope assets.read",
            5,
            "error: consumer \"bot\" does not use authorization_code, so no user can authorize it\nhint: the grant types of a consumer cannot be changed; a new one is added with apiconn consumer add --grant authorization_code\n",
        ),
        (
            "tech1 gone --scope assets.read",
            5,
            "error: consumer \"gone\" was revoked and cannot be changed\nhint: a new consumer can have its name: apiconn consumer add --help\n",
        ),
        (
            "tech1 field-app --scope asets.read",
            3,
            "error: the scope \"asets.read\" is not declared\nhint: did you mean assets.read?\n",
        ),
        (
            "tehc1 field-app --scope assets.read",
            3,
            "error: there is no user \"tehc1\"\nhint: did you mean tech1 or tech2?\n",
        ),
        (
            "tech1 field-app",
            2,
            "error: the following required arguments were not provided: --scope <SCOPE>\nhint: usage: apiconn grant add --scope <SCOPE> <USER> <CONSUMER>\n",
        ),
    ] {
        let before = app.rows();
        assert_eq!(app.run(&format!("grant add {words}")).exits(code).err, err, "{words}");
        assert_eq!(app.rows(), before, "{words:?}");
    }
}

#[test]
fn grant_is_found_by_id_or_by_user_and_consumer() {
    let app = base();
    let added = app.run("grant add tech1 field-app --scope assets.read --json").ok().json();
    let grant = &added["grant"];
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (id, user, consumer) =
        (text(&grant["grant_id"]), text(&grant["user"]["id"]), text(&grant["consumer"]["id"]));
    for handle in [
        id.clone(),
        id[..12].to_owned(),
        "tech1/field-app".to_owned(),
        format!("{user}/field-app"),
        format!("tech1/{consumer}"),
        format!("{}/{}", &user[..10], &consumer[..18]),
    ] {
        assert_eq!(app.run(&format!("grant show {handle} -o id")).ok().out, format!("{id}\n"), "{handle}");
    }
    let run = app.run("grant revoke tech1/field-app --reason \"left the company\" --yes").ok();
    assert_eq!(run.err, format!("grant tech1/field-app ({id}) is now revoked, with its tokens.\n"));
    let again = app.run("grant revoke tech1/field-app --yes --json").ok();
    assert_eq!(again.err, format!("grant tech1/field-app ({id}) was already revoked, with its tokens.\n"));
    assert_eq!(again.json()["changed"], false);
    // The pair can have a new grant, and then refers to the active one.
    app.run("grant add tech1 field-app --scope assets.read").ok();
    assert_ne!(app.run("grant show tech1/field-app -o id").ok().out, format!("{id}\n"));
    assert_eq!(granted(&app, "--state all"), ["tech1/field-app", "tech1/field-app"]);
}

#[test]
fn grants_are_filtered_and_paged() {
    let app = base();
    app.run("grant add tech1 field-app --scope assets.read").ok();
    app.run("grant add tech1 desk-app --scope work_orders.write").ok();
    app.advance("2d");
    app.run("grant add tech2 field-app --scope assets.read --scope work_orders.write").ok();
    app.run("grant add tech2 desk-app --scope assets.read").ok();
    app.run("grant revoke tech2/desk-app --yes").ok();
    for (words, expected) in [
        ("", &["tech2/field-app", "tech1/desk-app", "tech1/field-app"][..]),
        ("--state active", &["tech2/field-app", "tech1/desk-app", "tech1/field-app"]),
        ("--state revoked", &["tech2/desk-app"]),
        ("--state all", &["tech2/desk-app", "tech2/field-app", "tech1/desk-app", "tech1/field-app"]),
        ("--user tech1", &["tech1/desk-app", "tech1/field-app"]),
        ("--user tech2 --state all", &["tech2/desk-app", "tech2/field-app"]),
        ("--consumer field-app", &["tech2/field-app", "tech1/field-app"]),
        ("--user tech1 --consumer field-app", &["tech1/field-app"]),
        ("--scope work_orders.write", &["tech2/field-app", "tech1/desk-app"]),
        ("--unused-for 1d", &["tech1/desk-app", "tech1/field-app"]),
        ("--match tech1/*", &["tech1/desk-app", "tech1/field-app"]),
        ("--match */desk-app --state all", &["tech2/desk-app", "tech1/desk-app"]),
    ] {
        assert_eq!(granted(&app, words), expected, "{words}");
        let page = app.run(&format!("grant list {words} --limit 1 --json --fields grant_id")).ok().json();
        if let Some(cursor) = page["next_cursor"].as_str() {
            assert_eq!(granted(&app, &format!("{words} --cursor {cursor}")), expected[1..], "{words}");
        } else {
            assert_eq!(expected.len(), 1, "{words}");
        }
    }
    let run = app.run("grant revoke --user tech1 --yes --json --fields scope").ok().json();
    assert_eq!(run["counts"], serde_json::json!({"changed": 2, "already": 0}));
    assert_eq!(granted(&app, ""), ["tech2/field-app"]);
}

/// Adds an access token for each grant, a refresh token for the first one, and a token of the consumer `bot`. The ids are
/// fixed, which the service cannot do.
fn tokens(app: &App) {
    app.consumer("bot", "--scope assets.read");
    app.sql(
        "INSERT INTO tokens (token_id, digest, kind, client_seq, secret_seq, grant_seq, scope, issued_at, expires_at)
         SELECT printf('tok_%012d', g.seq), randomblob(32), 'access', g.client_seq, NULL, g.seq, g.scope, g.created_at, g.created_at + 3600000 FROM grants g;
         INSERT INTO authorization_codes (seq, digest, client_seq, grant_seq, redirect_uri, scope, code_challenge, issued_at, expires_at)
         SELECT 1, randomblob(32), g.client_seq, g.seq, 'https://a.example/cb', g.scope, hex(zeroblob(21)) || '0', g.created_at, g.created_at + 60000 FROM grants g WHERE g.seq = 1;
         INSERT INTO tokens (token_id, digest, kind, client_seq, secret_seq, grant_seq, code_seq, scope, issued_at, expires_at)
         SELECT 'tok_refresh00001', randomblob(32), 'refresh', g.client_seq, NULL, g.seq, 1, g.scope, g.created_at, g.created_at + 2592000000 FROM grants g WHERE g.seq = 1;
         INSERT INTO tokens (token_id, digest, kind, client_seq, secret_seq, grant_seq, scope, issued_at, expires_at)
         SELECT 'tok_bot000000001', randomblob(32), 'access', c.seq, s.seq, NULL, c.scope, c.created_at - 60000, c.created_at + 600000
         FROM clients c JOIN secrets s ON s.client_seq = c.seq WHERE c.name = 'bot'",
    );
}

#[test]
fn tokens_are_filtered_and_end_with_their_grant_or_client() {
    let app = base();
    app.run("grant add tech1 field-app --scope assets.read").ok();
    app.run("grant add tech2 desk-app --scope assets.read").ok();
    tokens(&app);
    let listed = |words: &str| {
        let out = app.run(&format!("token list {words} -o id -q")).ok().out;
        out.lines()
            .map(|id| id.trim_start_matches("tok_").trim_start_matches('0').to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(""), ["bot000000001", "refresh00001", "2", "1"]);
    assert_eq!(listed("--consumer field-app"), ["refresh00001", "1"]);
    assert_eq!(listed("--consumer bot"), ["bot000000001"]);
    assert_eq!(listed("--user tech2"), ["2"]);
    assert_eq!(listed("--grant tech1/field-app"), ["refresh00001", "1"]);
    assert_eq!(listed("--kind refresh"), ["refresh00001"]);
    assert_eq!(listed("--older-than 30s"), ["bot000000001"]);
    let inspect = |id: &str| {
        let token = app.run(&format!("token inspect {id} --json")).ok().json()["token"].clone();
        (
            token["state"].as_str().unwrap().to_owned(),
            token["refused_because"].as_str().unwrap_or("").to_owned(),
        )
    };
    let is = |state: &str, why: &str| (state.to_owned(), why.to_owned());
    app.run("user disable tech1 --yes").ok();
    assert_eq!(inspect("tok_000000000001"), is("disabled", "its user is disabled"));
    app.run("user enable tech1").ok();
    assert_eq!(inspect("tok_000000000001"), is("active", ""));
    app.run("grant revoke tech1/field-app --yes").ok();
    assert_eq!(inspect("tok_000000000001"), is("revoked", "its grant was revoked"));
    assert_eq!(listed("--state revoked"), ["refresh00001", "1"]);
    app.run("consumer disable desk-app --yes").ok();
    assert_eq!(inspect("tok_000000000002"), is("disabled", "its client is disabled"));
    app.run("consumer enable desk-app").ok();
    app.run("token revoke tok_000000000002 --yes").ok();
    assert_eq!(inspect("tok_000000000002"), is("revoked", "it was revoked"));
    app.run("consumer rotate bot --now --yes").ok();
    assert_eq!(inspect("tok_bot000000001"), is("revoked", "the secret it was obtained with was revoked"));
    app.advance("1h");
    assert_eq!(listed("--state expired"), Vec::<String>::new());
    assert_eq!(listed(""), Vec::<String>::new());
    let run = app.run("token revoke --all --state all --yes --json --fields state").ok().json();
    assert_eq!(run["counts"], serde_json::json!({"changed": 3, "already": 1}));
}

#[test]
fn revoking_a_consumer_ends_its_grants_without_writing_them() {
    let app = base();
    app.run("grant add tech1 field-app --scope assets.read").ok();
    app.run("consumer revoke field-app --reason \"sold\" --yes").ok();
    assert_eq!(granted(&app, ""), Vec::<String>::new());
    assert_eq!(granted(&app, "--state revoked"), ["tech1/field-app"]);
    let shown = app.run("grant show tech1/field-app --json").ok().json();
    assert_eq!(
        (&shown["grant"]["state"], &shown["grant"]["revoke_reason"]),
        (&"revoked".into(), &"sold".into())
    );
    assert_eq!(app.number("SELECT count(revoked_at) FROM grants"), 0);
    let status = app.run("status --json").ok().json();
    assert_eq!(
        (&status["status"]["grants"]["active"], &status["status"]["grants"]["revoked"]),
        (&0.into(), &1.into())
    );
    assert_eq!(app.run("grant revoke tech1/field-app --yes --json").ok().json()["changed"], false);
}
