//! Output formats at a terminal and in a pipe, and output that cannot be written.

use std::io::ErrorKind;

use crate::support::App;

fn with_key() -> (App, String) {
    let app = App::new();
    let (id, _) = app.key(
        "erp-sync",
        "--scope assets.read --scope work_orders.write --owner \"=HYPERLINK(1)\" --expires 90d",
    );
    (app, id)
}

#[test]
fn pipe_gets_full_values_without_a_header() {
    let (app, id) = with_key();
    let row = format!(
        "{id}\terp-sync\tactive\t2027-02-22T10:30:00.000Z\t\tassets.read work_orders.write\t=HYPERLINK(1)\t\t2026-11-24T10:30:00.000Z\n"
    );
    assert_eq!(app.run("key list").ok().out, row);
    assert_eq!(app.run("key list -o tsv").ok().out, row);
    assert_eq!(app.run("key show erp-sync").ok().out, row);
}

#[test]
fn new_secret_in_a_pipe_is_one_line() {
    let app = App::new();
    for words in [
        "key create k --scope assets.read",
        "key rotate k",
        "consumer add c --grant client_credentials --scope assets.read",
        "consumer rotate c",
    ] {
        let run = app.run(words).ok();
        let (id, secret) = run.out.strip_suffix('\n').unwrap().split_once('\t').unwrap();
        assert_eq!((id.len(), secret.len()), (22, 61), "{words}: {run:?}");
        app.call("key verify -").stdin(secret).run().ok();
    }
    let public = app.run(
        "consumer add p --public --grant authorization_code --redirect-uri https://a.example/cb --scope assets.read",
    );
    let run = public.ok();
    assert_eq!(run.out.len(), "apcc_test_000000000000\t\n".len(), "{run:?}");
}

#[test]
fn env_format_has_id_secret_and_token_url() {
    let app = App::new();
    let run = app.run("key create k --scope assets.read -o env").ok();
    let id = app.run("key show k -o id").ok().out.trim_end().to_owned();
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], format!("APICONN_CLIENT_ID={id}"));
    let secret = lines[1].strip_prefix("APICONN_CLIENT_SECRET=").unwrap();
    app.call("key verify -").stdin(secret).run().ok();
    assert_eq!(lines[2], "APICONN_TOKEN_URL=http://127.0.0.1:8080/oauth/token");
    for words in ["key list", "key show k", "key revoke k --yes", "status"] {
        assert_eq!(
            app.run(&format!("{words} -o env")).exits(2).err,
            "error: -o env is only for commands that print a new secret\nhint: those are key create, consumer add and rotate; use -o json or -o id here\n"
        );
    }
}

#[test]
fn env_format_is_quoted_for_a_shell() {
    let app = App::new();
    for (issuer, character) in [
        ("https://auth.example/$(touch${IFS}owned)", '$'),
        ("https://auth.example/`touch${IFS}owned`", '`'),
        ("https://auth.example/;reboot", ';'),
        ("https://auth.example/it's", '\''),
    ] {
        let run = app.call("settings set issuer").word(issuer).run().exits(2);
        assert!(run.err.contains(&format!("the character {character} has a meaning in a shell")), "{run:?}");
    }
    // A store of another program may contain any text.
    let hostile = "https://auth.example/'$(touch${IFS}owned)`touch${IFS}owned`;touch${IFS}owned";
    app.raw().execute("UPDATE settings SET value = ?1 WHERE name = 'issuer'", [hostile]).unwrap();
    let run = app.run("key create k --scope assets.read -o env").exits(8);
    assert_eq!(run.out, "", "{run:?}");
    // Characters that an issuer may contain are quoted where a shell would read them.
    app.raw()
        .execute("UPDATE settings SET value = 'https://auth.example/{a,b}~[c]' WHERE name = 'issuer'", [])
        .unwrap();
    let file = app.run("key create k --scope assets.read -o env").ok().out;
    std::fs::write(app.folder().join("key.env"), &file).unwrap();
    for shell in ["sh", "bash"] {
        let script = ". ./key.env && printf '%s\\n%s\\n' \"$APICONN_TOKEN_URL\" \"$APICONN_CLIENT_ID\"";
        let run = std::process::Command::new(shell)
            .args(["-c", script])
            .current_dir(app.folder())
            .output()
            .unwrap();
        let id = app.run("key show k -o id").ok().out;
        assert_eq!(
            String::from_utf8(run.stdout).unwrap(),
            format!("https://auth.example/{{a,b}}~[c]/oauth/token\n{id}"),
            "{shell}"
        );
        assert!(run.stderr.is_empty() && run.status.success(), "{shell}");
    }
}

#[test]
fn id_format_prints_only_ids() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let (second, _) = app.key("k2", "--scope assets.read");
    let shown = app.run("key show k2 -o id").ok().out;
    assert_eq!(shown, format!("{second}\n"));
    let listed = app.run("key list --sort name -o id").ok().out;
    assert!(listed.ends_with(&shown), "{listed}");
    assert_eq!(app.run("scope list -o id").ok().out, "assets.read\nwork_orders.write\n");
}

#[test]
fn id_format_requires_a_secret_file_for_a_new_secret() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.consumer("c", "--scope assets.read");
    for words in [
        "key create k2 --scope assets.read",
        "key create k --scope assets.read --if-missing",
        "key rotate k",
        "consumer add c2 --grant client_credentials --scope assets.read",
        "consumer rotate c",
    ] {
        let before = app.rows();
        assert_eq!(
            app.run(&format!("{words} -o id")).exits(2).err,
            "error: -o id does not print the secret, which cannot be printed later\nhint: add --secret-file PATH, or use -o tsv, -o env or --json\n"
        );
        assert_eq!(app.rows(), before, "{words:?}");
        let file = app.folder().join(words.replace(' ', "-"));
        let run = app.run(&format!("{words} -o id --secret-file {}", file.display())).ok();
        assert_eq!(run.out.trim_end().len(), 22, "{run:?}");
    }
}

#[test]
fn csv_has_a_header_and_escapes_formulas() {
    let (app, id) = with_key();
    let header = "client_id,name,state,expires_at,last_used_at,scope,owner,group,created_at\n";
    assert_eq!(
        app.run("key list -o csv").ok().out,
        format!(
            "{header}{id},erp-sync,active,2027-02-22T10:30:00.000Z,,assets.read work_orders.write,'=HYPERLINK(1),,2026-11-24T10:30:00.000Z\n"
        )
    );
    app.run("key edit erp-sync --owner \"a, b\"").ok();
    assert_eq!(app.run("key list -o csv --fields owner,name").ok().out, "owner,name\n\"a, b\",erp-sync\n");
    assert_eq!(app.run("consumer list -o csv --fields name").ok().out, "name\n");
    let created = app.run("key create k --scope assets.read -o csv").ok().out;
    assert!(created.starts_with("client_id,client_secret\napck_test_"), "{created}");
}

#[test]
fn jsonl_prints_one_object_per_line() {
    let (app, id) = with_key();
    let (second, _) = app.key("k2", "--scope assets.read");
    assert_eq!(
        app.run("key list --sort name -o jsonl --fields client_id,name").ok().out,
        format!(
            "{{\"client_id\":\"{id}\",\"name\":\"erp-sync\"}}\n{{\"client_id\":\"{second}\",\"name\":\"k2\"}}\n"
        )
    );
    let created = app.run("key create k3 --scope assets.read -o jsonl").ok();
    assert_eq!(created.out.lines().count(), 1);
    assert_eq!(created.json()["changed"], true);
    assert_eq!(created.json()["client_secret"].as_str().unwrap().len(), 61);
}

#[test]
fn fields_selects_fields_and_nested_fields() {
    let (app, id) = with_key();
    assert_eq!(
        app.run("key list --json --fields name,client_id").ok().out,
        format!(
            "{{\"schema\":\"key.list/1\",\"items\":[{{\"name\":\"erp-sync\",\"client_id\":\"{id}\"}}],\"next_cursor\":null}}\n"
        )
    );
    assert_eq!(app.run("key show erp-sync --fields secrets.state,secrets.uses").ok().out, "active\t0\n");
    assert_eq!(
        app.run("key show erp-sync --json --fields secrets.state").ok().json()["key"],
        serde_json::json!({"secrets.state": ["active"]})
    );
    assert_eq!(app.run("status --fields base,keys.active,keys.revoked").ok().out, "Acme Maintenance\t1\t0\n");
    let sheet = app.call("key show erp-sync --fields secrets.state,name").at_terminal(80).run().ok();
    assert_eq!(sheet.out, "Secrets.state  active\nName           erp-sync\n");
}

#[test]
fn unknown_field_is_rejected_before_any_change() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.user("u");
    app.run("group add g --scope assets.read").ok();
    let before = app.rows();
    let list = "there are client_id, name, state, expires_at, last_used_at, scope, owner, group, created_at, direct_scope, description, revoked_at, revoke_reason, revision, secrets";
    for field in ["colour", "name.first", "secrets.digest", ""] {
        let run = app.run(&format!("key create k2 --scope assets.read --fields=name,{field}")).exits(2);
        assert_eq!(
            run.err,
            format!(
                "error: there is no field \"{field}\" in key; {list}\nhint: for its arguments and examples: apiconn key create --help\n"
            )
        );
    }
    for words in [
        "key rotate k",
        "key revoke k --yes",
        "key disable k --yes",
        "key enable k",
        "key edit k --owner o",
        "consumer add c --grant client_credentials --scope assets.read",
        "grant add u c --scope assets.read",
        "grant revoke --all --yes",
        "token revoke --all --yes",
        "user disable u --yes",
        "user offboard u --yes",
        "user enable u",
        "scope add s x",
        "scope edit assets.read x",
        "scope remove work_orders.write --yes",
        "group add g2",
        "group edit g --description x",
        "group remove g --yes",
        "settings set require_reason true",
        "user add u2 --password-stdin",
        "user set-password u --password-stdin",
    ] {
        let run = app
            .call(&format!("{words} --fields colour"))
            .stdin("correct horse battery staple")
            .run()
            .exits(2);
        assert!(run.err.contains("there is no field \"colour\" in"), "{words}: {run:?}");
    }
    assert_eq!(app.rows(), before);
    assert_eq!(app.run("key show k --json").ok().json()["key"]["revision"], 1);
}

#[test]
fn json_flag_is_accepted_before_and_after_the_verb() {
    let (app, _) = with_key();
    let out = app.run("key list --json").ok().out;
    for words in [
        "--json key list",
        "key --json list",
        "-o json key list",
        "key -ojson list",
        "key list --output=json",
    ] {
        assert_eq!(app.run(words).ok().out, out, "{words}");
    }
}

#[test]
fn empty_list_is_valid_in_every_format() {
    let app = App::new();
    assert_eq!(
        app.run("key list --json").ok().out,
        "{\"schema\":\"key.list/1\",\"items\":[],\"next_cursor\":null}\n"
    );
    for format in ["tsv", "jsonl", "id"] {
        let run = app.run(&format!("key list -o {format}")).ok();
        assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""), "{format:?}");
    }
    let run = app.call("key list").at_terminal(80).run().ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", "No keys to show.\n"));
}

#[test]
fn narrow_table_drops_columns_and_never_cuts_an_id() {
    let (app, _) = with_key();
    app.advance("3d");
    app.key("k2", "--scope assets.read --expires never");
    let table = |columns| app.call("key list --sort name").at_terminal(columns).run().ok().out;
    insta::assert_snapshot!(table(200), @r"
    CLIENT ID               NAME      STATE   EXPIRES     LAST USED  SCOPE                          OWNER          GROUP  CREATED
    apck_test_qAUTYvX9bf4a  erp-sync  active  in 87 days  never      assets.read work_orders.write  =HYPERLINK(1)  -      3 days ago
    apck_test_VL8pbgHzkiax  k2        active  never       never      assets.read                    -              -      now
    ");
    insta::assert_snapshot!(table(80), @r"
    CLIENT ID               NAME      STATE   EXPIRES     LAST USED
    apck_test_qAUTYvX9bf4a  erp-sync  active  in 87 days  never
    apck_test_VL8pbgHzkiax  k2        active  never       never
    ");
    insta::assert_snapshot!(table(40), @r"
    CLIENT ID               NAME      STATE
    apck_test_qAUTYvX9bf4a  erp-sync  active
    apck_test_VL8pbgHzkiax  k2        active
    ");
    insta::assert_snapshot!(table(10), @r"
    CLIENT ID
    apck_test_qAUTYvX9bf4a
    apck_test_VL8pbgHzkiax
    ");
    let sheet = app.call("key show erp-sync").at_terminal(80).run().ok().out;
    insta::assert_snapshot!(sheet, @r"
    Client id     apck_test_qAUTYvX9bf4a
    Name          erp-sync
    State         active
    Expires       in 87 days (2027-02-22T10:30:00.000Z)
    Last used     never
    Scope         assets.read work_orders.write
    Owner         =HYPERLINK(1)
    Created       3 days ago (2026-11-24T10:30:00.000Z)
    Direct scope  assets.read work_orders.write
    Revision      1

    Secrets
      SECRET ID         ENDS IN  STATE   CREATED     EXPIRES  LAST USED  USES
      sec_RN64EWM4FVTV  In8o     active  3 days ago  never    never      0
    ");
}

#[test]
fn hidden_columns_are_named_in_a_note() {
    let app = App::new();
    app.advance("3d");
    let list = |words: &str, columns| app.call(words).at_terminal(columns).run().ok();
    let scopes = list("scope list", 40);
    insta::assert_snapshot!(scopes.out, @r"
    SCOPE              DESCRIPTION
    assets.read        Read the base's
                       assets
    work_orders.write  Create and change
                       work orders
    ");
    assert_eq!(scopes.err, "Columns hidden at this width: DECLARED.\n");
    let settings = list("settings list", 40);
    assert!(settings.out.starts_with(
        "NAME                     VALUE\nissuer                   http://127.0.0.\n                         1:8080\n"
    ));
    assert_eq!(settings.err, "Columns hidden at this width: MEANING.\n");
    assert_eq!(list("settings list --quiet", 40).err, "");
    for words in ["scope list", "settings list"] {
        assert_eq!(list(words, 80).err, "", "{words}");
        assert_eq!(app.run(&format!("{words} -o table")).ok().err, "", "{words}");
    }
    app.key("k", "--scope assets.read");
    let keys = list("key show k", 40);
    assert_eq!(keys.err, "Columns hidden at this width: CREATED, EXPIRES, LAST USED, USES.\n");
}

#[test]
fn new_key_at_a_terminal_shows_its_secret_once() {
    let app = App::new();
    let run =
        app.call("key create k --scope assets.read --expires never --color never").at_terminal(80).run().ok();
    insta::assert_snapshot!(run.out, @r"
    Client id      apck_test_qAUTYvX9bf4a
    Client secret  apcs_test_qAUTYvX9bf4a_Eimr5sV4DBTJrxfnYn6pYukoW8dT5BAZ1OIn8o
    Token URL      http://127.0.0.1:8080/oauth/token
    Name           k
    State          active
    Expires        never
    Last used      never
    Scope          assets.read
    Created        now (2026-11-24T10:30:00.000Z)
    Direct scope   assets.read
    Revision       1
    ");
    assert_eq!(
        run.err,
        "warning: key k never expires; plan a rotation\nCopy the secret now: it cannot be printed again. The store keeps only its digest.\nNext: apiconn key show k\n"
    );
}

#[test]
fn color_is_used_at_terminals_and_can_be_disabled() {
    let app = App::new();
    let coloured = |run: crate::support::app::Run| run.err.contains("\u{1b}[");
    assert!(!coloured(app.run("key show x")));
    assert!(coloured(app.call("key show x").at_terminal(80).run()));
    assert!(coloured(app.run("key show x --color always")));
    assert!(coloured(app.run("key shwo --color always")));
    assert!(!coloured(app.call("key show x --color never").at_terminal(80).run()));
    assert!(!coloured(app.call("key shwo --color=never").at_terminal(80).run()));
    // The environment has one flag for NO_COLOR and TERM=dumb.
    for words in ["key show x", "key shwo"] {
        let run =
            app.call(words).at_terminal(80).environment(|environment| environment.no_color = true).run();
        assert!(!coloured(run), "{words:?}");
    }
    let run = app.call("key list").at_terminal(80).run().ok();
    assert!(!run.out.contains('\u{1b}'));
}

#[test]
fn closed_pipe_is_no_error() {
    let (app, _) = with_key();
    for words in [
        "key list",
        "key list --json --all",
        "key show erp-sync",
        "help output",
        "--help",
        "audit list",
        "status",
    ] {
        let run = app.call(words).broken_stdout(ErrorKind::BrokenPipe).run().exits(0);
        assert_eq!(run.err, "", "{words}");
    }
}

#[test]
fn undelivered_secret_never_becomes_active() {
    let app = App::new();
    for (kind, why) in [(ErrorKind::BrokenPipe, "broken pipe"), (ErrorKind::StorageFull, "no storage space")]
    {
        for (words, name) in [
            ("key create k --scope assets.read", "key k"),
            ("consumer add c --grant client_credentials --scope assets.read", "consumer c"),
        ] {
            for format in ["tsv", "json", "env", "table", "csv", "jsonl"] {
                let run = app.call(&format!("{words} -o {format}")).broken_stdout(kind).run().exits(1);
                assert!(
                    run.err.contains("the secret was withdrawn and was never accepted; try again"),
                    "{run:?}"
                );
                assert!(
                    run.err.contains(&format!("the secret of {name} could not be written: {why}")),
                    "{run:?}"
                );
                assert_eq!(
                    app.number("SELECT count(*) FROM secrets WHERE delivered_at IS NOT NULL"),
                    0,
                    "{format:?}"
                );
                assert_eq!(
                    app.number("SELECT count(*) FROM clients WHERE stored_state <> 'revoked'"),
                    0,
                    "{format:?}"
                );
            }
        }
    }
    // The name can be reused.
    let (_, secret) = app.key("k", "--scope assets.read");
    // A rotation that cannot deliver its secret leaves the old one unchanged.
    app.call("key rotate k").broken_stdout(ErrorKind::BrokenPipe).run().exits(1);
    app.call("key rotate k --now --yes").broken_stdout(ErrorKind::BrokenPipe).run().exits(1);
    app.call("key verify -").stdin(secret).run().ok();
    let secrets = app.run("key show k --json --fields secrets.state").ok().json();
    assert_eq!(secrets["key"]["secrets.state"], serde_json::json!(["revoked", "revoked", "active"]));
}
