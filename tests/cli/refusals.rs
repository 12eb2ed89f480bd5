//! Recorded refusals: why the service refused a request, and the suggested command.

use std::process::Command;
use std::time::Duration;

use apiconn::actions::{authenticate, oauth, refusals};
use apiconn::domain::id::ClientKind;
use apiconn::domain::refusal::{
    Check, ClientRef, CredentialFault, KnownClient, Refusal, RefusalGroup, RefusedRequest,
};
use apiconn::domain::time::{SystemClock, Timestamp};
use apiconn::explain::explain;
use apiconn::render::view::View as _;
use apiconn::render::view::refusal::RefusalView;
use apiconn::store::{Access, StoreLocation};

use super::views::{assert_fields, base, document};
use crate::support::App;

/// 2026-11-24T10:30:00Z, the time of the clock of a new [`App`].
const NOW: i64 = 1_795_516_200_000;

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW - seconds * 1000)
}

/// Makes a refusal of the client `name` and the user tech1 as the service records it. `number` is the end of the request
/// id.
fn refused(app: &App, name: &str, number: usize, error: &'static str, check: Check) -> RefusedRequest {
    let noun = if name == "erp-sync" { "key" } else { "consumer" };
    let id = app.run(&format!("{noun} show {name} --fields client_id -o tsv")).ok().out;
    RefusedRequest {
        request: format!("req_{number:012}").parse().unwrap(),
        at: ago(600 - i64::try_from(number).unwrap() * 60),
        endpoint: "/oauth/authorize",
        host: Some("auth.example".to_owned()),
        error: Some(error),
        refusal: Refusal {
            client: Some(ClientRef {
                id: id.trim().parse().unwrap(),
                known: Some(KnownClient {
                    kind: if noun == "key" { ClientKind::Key } else { ClientKind::Consumer },
                    name: name.parse().unwrap(),
                }),
            }),
            user: "tech1".parse().ok(),
            ..check.into()
        },
    }
}

fn record(app: &App, all: &[RefusedRequest]) {
    let store =
        apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5))
            .unwrap();
    let mut write = store.write(&SystemClock).unwrap();
    let groups: Vec<RefusalGroup> = all.iter().cloned().map(RefusalGroup::from).collect();
    refusals::record(write.as_mut(), &groups, apiconn::explain::explain).unwrap();
    write.commit().unwrap();
}

fn redirect(sent: &str) -> Check {
    Check::redirect_mismatch(sent, &["https://field.example/cb".parse().unwrap()])
}

/// Makes a base with four recorded refusals of different kinds.
fn base_with_refusals() -> App {
    let app = base();
    app.run("scope add work_orders.read Read").ok();
    let mut unknown_client = refused(
        &app,
        "field-app",
        1,
        "invalid_client",
        Check::ClientUnknown { sent: "me".to_owned(), meant: None },
    );
    unknown_client.endpoint = "/oauth/token";
    unknown_client.refusal = unknown_client.refusal.check.into();
    let retired = Check::SecretRetired { hint: "Qr4t".to_owned(), at: ago(86_400) };
    let missing = Check::ScopeNotHeld {
        missing: "work_orders.read".parse().unwrap(),
        group: Some("integrations".parse().unwrap()),
    };
    let mut lacking = refused(&app, "erp-sync", 3, "invalid_scope", missing);
    lacking.refusal.client_authenticated = true;
    let all = [
        unknown_client,
        refused(&app, "erp-sync", 2, "invalid_client", retired),
        lacking,
        refused(&app, "field-app", 4, "invalid_request", redirect("https://field.example/cb/")),
    ];
    record(&app, &all);
    app
}

#[test]
fn list_explains_each_refusal() {
    let app = base_with_refusals();
    let wide = app.call("refusal list").at_terminal(300).run().ok();
    insta::assert_snapshot!(wide.out, @r#"
    REQUEST ID        WHEN           CLIENT     ERROR            WHY
    req_000000000004  6 minutes ago  field-app  invalid_request  the redirect URI sent, https://field.example/cb/, differs from the registered https://field.example/cb by a trailing slash
    req_000000000003  7 minutes ago  erp-sync   invalid_scope    the scope work_orders.read is not in the group integrations of the key erp-sync, nor among its own scopes
    req_000000000002  8 minutes ago  erp-sync   invalid_client   the key erp-sync sent its secret ending Qr4t, which a rotation retired at 2026-11-23T10:30:00.000Z
    req_000000000001  9 minutes ago  -          invalid_client   no client has the id "me"
    "#);
    assert_eq!(wide.err, "To see which command fixes one: apiconn refusal show REQUEST_ID\n");
    insta::assert_snapshot!(app.call("refusal list").at_terminal(80).run().ok().out, @r#"
    REQUEST ID        WHEN           CLIENT     WHY
    req_000000000004  6 minutes ago  field-app  the redirect URI sent,
                                                https://field.example/cb/, differs
                                                from the registered
                                                https://field.example/cb by a
                                                trailing slash
    req_000000000003  7 minutes ago  erp-sync   the scope work_orders.read is not in
                                                the group integrations of the key
                                                erp-sync, nor among its own scopes
    req_000000000002  8 minutes ago  erp-sync   the key erp-sync sent its secret
                                                ending Qr4t, which a rotation
                                                retired at 2026-11-23T10:30:00.000Z
    req_000000000001  9 minutes ago  -          no client has the id "me"
    "#);
    for columns in [20, 40, 60, 100, 120] {
        let table = app.call("refusal list").at_terminal(columns).run().ok().out;
        assert!((1..=4).all(|number| table.contains(&format!("req_00000000000{number}"))), "{table}");
        assert!(table.lines().all(|line| line.chars().count() <= usize::from(columns)), "{table}");
        assert_eq!(table.contains("WHY"), columns >= 40, "{table}");
    }
    insta::assert_snapshot!(app.run("refusal list --limit 2").ok().out, @r#"
    req_000000000004	2026-11-24T10:24:00.000Z	field-app	invalid_request	the redirect URI sent, https://field.example/cb/, differs from the registered https://field.example/cb by a trailing slash
    req_000000000003	2026-11-24T10:23:00.000Z	erp-sync	invalid_scope	the scope work_orders.read is not in the group integrations of the key erp-sync, nor among its own scopes
    "#);
    assert_eq!(
        app.run("refusal list -o id --limit 3").ok().out,
        "req_000000000004\nreq_000000000003\nreq_000000000002\n"
    );
    insta::assert_snapshot!(app.run("refusal list -o csv --limit 1 --fields request_id,check,suggested_command,user").ok().out, @r#"
    request_id,check,suggested_command,user
    req_000000000004,redirect_mismatch,apiconn consumer edit field-app --add-redirect-uri https://field.example/cb/,tech1
    "#);
    let id = app.run("consumer show field-app --fields client_id -o tsv").ok().out;
    insta::assert_snapshot!(app.run("refusal list -o jsonl --limit 1").ok().out.replace(id.trim(), "[client_id]"), @r#"{"request_id":"req_000000000004","at":"2026-11-24T10:24:00.000Z","client":{"id":"[client_id]","name":"field-app"},"error":"invalid_request","why":"the redirect URI sent, https://field.example/cb/, differs from the registered https://field.example/cb by a trailing slash","suggested_command":"apiconn consumer edit field-app --add-redirect-uri https://field.example/cb/","check":"redirect_mismatch","endpoint":"/oauth/authorize","host":"auth.example","client_authenticated":false,"user":"tech1","count":1,"last_at":null,"later_request_ids":[]}"#);
    let document = app.run("refusal list -o json").ok().json();
    assert_eq!(document["schema"], "refusal.list/1");
    assert_eq!(document["items"].as_array().unwrap().len(), 4);
    assert!(document["next_cursor"].is_null());
    assert!(document["items"][3]["client"].is_null());
}

#[test]
fn refusal_is_shown_with_its_suggested_command() {
    let app = base_with_refusals();
    let shown = app.call("refusal show req_000000000004").at_terminal(200).run().ok().out;
    let id = app.run("consumer show field-app --fields client_id -o tsv").ok().out;
    insta::assert_snapshot!(shown.replace(id.trim(), "[client_id]"), @r#"
    Request id     req_000000000004
    When           6 minutes ago (2026-11-24T10:24:00.000Z)
    Client         field-app
    Error          invalid_request
    Why            the redirect URI sent, https://field.example/cb/, differs from the registered https://field.example/cb by a trailing slash
    Fix            apiconn consumer edit field-app --add-redirect-uri https://field.example/cb/
    Check          redirect_mismatch
    Endpoint       /oauth/authorize
    Host           auth.example
    Client id      [client_id]
    Authenticated  false
    User           tech1
    Count          1
    "#);
    let whole = document(&app, "refusal show 000000000004");
    insta::assert_snapshot!(whole.replace(id.trim(), "[client_id]"), @r#"
    {
      "schema": "refusal.show/1",
      "refusal": {
        "request_id": "req_000000000004",
        "at": "2026-11-24T10:24:00.000Z",
        "client": {
          "id": "[client_id]",
          "name": "field-app"
        },
        "error": "invalid_request",
        "why": "the redirect URI sent, https://field.example/cb/, differs from the registered https://field.example/cb by a trailing slash",
        "suggested_command": "apiconn consumer edit field-app --add-redirect-uri https://field.example/cb/",
        "check": "redirect_mismatch",
        "endpoint": "/oauth/authorize",
        "host": "auth.example",
        "client_authenticated": false,
        "user": "tech1",
        "count": 1,
        "last_at": null,
        "later_request_ids": []
      }
    }
    "#);
    assert_fields::<RefusalView>(&app, "refusal show req_000000000004");
    assert_eq!(RefusalView::NOUN, "refusal");
}

#[test]
fn missing_refusal_is_reported_as_not_found() {
    let app = base_with_refusals();
    let run = app.run("refusal show req_0123456789ab").exits(3);
    assert_eq!(
        run.err,
        "error: no refusal of the request req_0123456789ab is stored\n\
         hint: equal refusals share one with a count, and the oldest are deleted; apiconn refusal list shows the newest\n"
    );
    let error = app.run("refusal show req_0123456789ab -o json").exits(3).error_json();
    assert_eq!(error["error"]["code"], "not_found");
    for text in ["req_", "req_12345678901", "REQ_000000000004", "tok_000000000004", "req_00000000000-", "ä"]
    {
        let run = app.call("refusal show").word(text).run().exits(2);
        assert!(run.err.contains("is not a request id, which is req_ and 12 letters and digits"), "{run:?}");
    }
    for words in ["--limit 0", "--limit 10001", "--limit -1", "--limit x", "--limit 5 req_000000000004"] {
        app.run(&format!("refusal list {words}")).exits(2);
    }
    assert_eq!(app.run("refusal list --limit 1000").ok().out.lines().count(), 4);
    app.run("refusal list --fields nonsense").exits(2);
    app.run("refusal list -o env").exits(2);
}

#[test]
fn store_without_refusals_prints_an_empty_list() {
    let app = App::new();
    let run = app.call("refusal list").at_terminal(80).run().ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", "No refusals to show.\n"));
    assert_eq!(
        app.run("refusal list -o json").ok().out,
        "{\"schema\":\"refusal.list/1\",\"items\":[],\"next_cursor\":null}\n"
    );
}

#[test]
fn text_sent_by_a_client_is_escaped_and_redacted() {
    let app = base();
    let sent = "\u{1b}[2J\u{202e}\r\n=cmd|' /C calc'!A0 apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM3Et442";
    let check = Check::ClientUnknown { sent: sent.to_owned(), meant: None };
    record(
        &app,
        &[
            refused(&app, "field-app", 1, "invalid_client", check),
            refused(&app, "field-app", 2, "invalid_request", redirect(sent)),
        ],
    );
    for output in ["table", "json", "jsonl", "csv", "tsv"] {
        for words in ["refusal list", "refusal show req_000000000001", "refusal show req_000000000002"] {
            let run = app.call(words).word("-o").word(output).at_terminal(120).run().ok();
            let harmful =
                |text: &str| text.contains(['\u{1b}', '\u{202e}', '\r']) || text.contains("9fKc3VtQ");
            assert!(!harmful(&run.out) && !harmful(&run.err), "{run:?}");
        }
    }
}

/// Splits a line into words with a shell.
fn shell_words(line: &str) -> Vec<String> {
    let output = Command::new("/bin/sh").args(["-c", &format!("printf '%s\\n' {line}")]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn suggested_command_runs_unchanged() {
    let app = base();
    app.run("user disable tech1 --yes").ok();
    app.run("key disable erp-sync --yes").ok();
    let at = ago(60);
    let hint = || "Qr4t".to_owned();
    let scope = |text: &str| text.parse().unwrap();
    let mut suggested = Vec::new();
    for (name, check) in [
        ("erp-sync", Check::ClientDisabled { since: at }),
        ("erp-sync", Check::SecretRetired { hint: hint(), at }),
        ("erp-sync", Check::ClientExpired { at }),
        ("erp-sync", Check::IntrospectNotHeld { group: None }),
        ("field-app", Check::SecretUnknown),
        ("field-app", Check::ScopeUnknown { scope: scope("new;scope$(x)'"), near: None }),
        ("field-app", Check::ScopeUnknown { scope: scope("--yes"), near: None }),
        ("field-app", Check::ScopeNotHeld { missing: "--yes new;scope$(x)'".parse().unwrap(), group: None }),
        (
            "field-app",
            Check::redirect_mismatch(
                "https://field.example/CB?a='b'&c=$(reboot)",
                &["https://field.example/cb?a='b'&c=$(reboot)".parse().unwrap()],
            ),
        ),
        ("field-app", redirect("https://evil.example/cb")),
        ("field-app", Check::UserDisabled { since: at }),
        ("field-app", Check::StoreUnavailable),
    ] {
        let refusal = refused(&app, name, 1, "invalid_request", check).refusal;
        let refusal = Refusal { client_authenticated: true, ..refusal };
        let line = explain(&refusal).suggested_command.unwrap();
        let mut words = shell_words(&line).into_iter().skip(1);
        let mut call = app.call(&words.next().unwrap());
        for word in words {
            call = call.word(&word);
        }
        call.run().ok();
        suggested.push(line);
    }
    let consumer = app.run("consumer show field-app -o json").ok().json();
    assert_eq!(consumer["consumer"]["redirect_uris"][1], "https://field.example/CB?a='b'&c=$(reboot)");
    assert_eq!(consumer["consumer"]["redirect_uris"].as_array().unwrap().len(), 2);
    assert_eq!(consumer["consumer"]["scope"], "--yes assets.read new;scope$(x)'");
    insta::assert_snapshot!(suggested.join("\n"), @r#"
    apiconn key enable erp-sync
    apiconn key show erp-sync
    apiconn key edit erp-sync --expires 90d
    apiconn key edit erp-sync --add-scope apiconn:introspect
    apiconn consumer show field-app
    apiconn scope add 'new;scope$(x)'\''' 'description for the consent page'
    apiconn scope add -- --yes 'description for the consent page'
    apiconn consumer edit field-app --add-scope=--yes --add-scope 'new;scope$(x)'\'''
    apiconn consumer edit field-app --add-redirect-uri 'https://field.example/CB?a='\''b'\''&c=$(reboot)'
    apiconn consumer show field-app
    apiconn user enable tech1
    apiconn store info
    "#);
    // This command prompts for a password, so the test only parses it.
    let line =
        explain(&refused(&app, "field-app", 1, "", Check::WrongPassword).refusal).suggested_command.unwrap();
    assert_eq!(line, "apiconn user set-password tech1");
    assert!(apiconn::command_line().try_get_matches_from(line.split(' ')).is_ok());
}

#[test]
fn reused_refresh_token_is_explained() {
    let app = base();
    let check = Check::RefreshReused { rotated_at: Some(ago(30)) };
    record(&app, &[refused(&app, "field-app", 1, "invalid_grant", check)]);
    let item = &app.run("refusal list -o json").ok().json()["items"][0];
    assert_eq!(item["check"], "refresh_reused");
    assert_eq!(
        item["why"],
        "the refresh token was used before, at 2026-11-24T10:29:30.000Z; every token of its family was ended, \
         because it may have been stolen or the consumer field-app sent an old one"
    );
}

#[test]
fn secret_check_matches_the_service() {
    let app = base();
    let (_, secret) = app.key("k", "--scope assets.read");
    let check = |secret: &str| {
        let store =
            apiconn::store::open(&StoreLocation::File(app.store()), Access::Read, Duration::from_secs(5))
                .unwrap();
        let read = store.read().unwrap();
        let plain = apiconn::domain::secret_text::SecretText::new(secret.to_owned());
        apiconn::actions::clients::secrets::verify(read.as_ref(), &plain, ago(0))
            .unwrap()
            .map_err(|refusal| authenticate::check_of_secret(&refusal, ago(0)))
            .err()
    };
    assert_eq!(check(&secret), None);
    assert_eq!(check("s3cret"), Some(Check::SecretMalformed(CredentialFault::Foreign)));
    assert_eq!(check(&secret[..60]), Some(Check::SecretMalformed(CredentialFault::Shape)));
    app.run("key disable k --yes").ok();
    assert_eq!(check(&secret), Some(Check::ClientDisabled { since: ago(0) }));
    app.run("key enable k").ok();
    app.run("key rotate k --now --yes").ok();
    let hint = secret[57..].to_owned();
    assert_eq!(check(&secret), Some(Check::SecretRevoked { hint, at: ago(0) }));
    app.run("key revoke k --yes").ok();
    assert_eq!(check(&secret), Some(Check::ClientRevoked { at: ago(0) }));
}

#[test]
fn name_used_as_id_and_mistyped_scope_are_recognised() {
    let app = base();
    let store = apiconn::store::open(&StoreLocation::File(app.store()), Access::Read, Duration::from_secs(5))
        .unwrap();
    let read = store.read().unwrap();
    let why = |check: Check| {
        let refusal = refused(&app, "erp-sync", 1, "", check).refusal;
        explain(&Refusal { client_authenticated: true, ..refusal }).why
    };
    let id = app.run("consumer show field-app --fields client_id -o tsv").ok().out;
    let unknown = |sent: &str| why(authenticate::unknown_client(read.as_ref(), sent).unwrap());
    assert_eq!(
        unknown("field-app"),
        format!(
            "client_id was \"field-app\", which is the name of the consumer field-app ({}); send its id instead",
            id.trim()
        )
    );
    assert_eq!(unknown("no-client"), "no client has the id \"no-client\"");
    assert_eq!(unknown("Me & you"), "no client has the id \"Me & you\"");
    let key = apiconn::domain::handle::Handle::Name("erp-sync".parse().unwrap());
    let key = apiconn::actions::resolve::client(read.as_ref(), ClientKind::Key, &key).unwrap();
    let scopes = |requested: &str| -> Option<String> {
        let refusal = oauth::scopes::granted_scopes(&key, Some(&requested.parse().unwrap())).err()?;
        Some(why(oauth::scopes::explain_missing_scope(read.as_ref(), refusal.check).unwrap()))
    };
    assert_eq!(scopes("assets.read work_orders.write"), None);
    assert_eq!(scopes("asset.read").unwrap(), "the scope asset.read is not declared; assets.read is");
    assert_eq!(scopes("everything").unwrap(), "the scope everything is not declared");
    assert_eq!(
        scopes("").unwrap(),
        "there is no scope to issue: none was requested, or the key erp-sync has none"
    );
    assert_eq!(
        scopes("apiconn:introspect").unwrap(),
        "the scope apiconn:introspect is not in the group integrations of the key erp-sync, nor among its own scopes"
    );
}

#[test]
fn a_later_request_of_a_refusal_is_found_and_counted() {
    let app = base();
    let retired = || Check::SecretRetired { hint: "Qr4t".to_owned(), at: ago(86_400) };
    let first = refused(&app, "erp-sync", 1, "invalid_client", retired());
    let mut second = refused(&app, "erp-sync", 2, "invalid_client", retired());
    second.at = Timestamp::from_millis(first.at.millis() + 59_000);
    record(&app, &[first, second]);
    let shown = app.call("refusal show req_000000000002").at_terminal(120).run().ok();
    assert_eq!(shown.err, "req_000000000002 is one of 2 equal requests of this refusal\n");
    let lines: Vec<&str> = shown.out.lines().map(str::trim_end).collect();
    assert_eq!(lines[0], "Request id     req_000000000001");
    assert!(lines.contains(&"Count          2"), "{lines:?}");
    assert!(lines.contains(&"Last           8 minutes ago (2026-11-24T10:21:59.000Z)"), "{lines:?}");
    assert!(lines.contains(&"Later ids      req_000000000002"), "{lines:?}");
    assert_eq!(app.run("refusal show req_000000000001").ok().err, "");
}
