//! A refused client gets a short error; the administrator finds the reason by the request's id.

use serde_json::Value;

use crate::support::App;
use crate::support::process::{Answer, Service, basic};

/// Stops the service, so that every refusal is written, and returns the refusal of each answer.
fn stored_refusals(app: &App, service: Service, answers: &[Answer]) -> Vec<Value> {
    assert!(service.stop());
    let show = |answer: &Answer| {
        app.run(&format!("refusal show {} -o json", answer.header("request-id"))).ok().json()["refusal"]
            .take()
    };
    answers.iter().map(show).collect()
}

#[test]
fn the_request_id_of_a_refusal_finds_its_reason() {
    let app = App::in_real_time();
    app.run("group add readers --scope assets.read").ok();
    let retired = app.key("erp-sync", "--group readers");
    let key = app.key("nightly", "--group readers");
    let other = app.key("other", "--scope assets.read");
    let disabled = app.key("old", "--scope assets.read");
    app.raw().execute_batch("UPDATE secrets SET expires_at = 1795428000000 WHERE seq = 1").unwrap();
    app.run("key disable old --yes").ok();
    let service = Service::start(&app.store());
    let token = |client: &(String, String), more: &str| {
        service.post("/oauth/token", Some(&basic(client)), &format!("grant_type=client_credentials{more}"))
    };
    let of_other = token(&other, "").json()["access_token"].as_str().unwrap().to_owned();
    let answers = [
        token(&retired, ""),
        token(&(retired.0.clone(), key.1.clone()), ""),
        token(&(key.0.clone(), format!("{}x", key.1)), ""),
        token(&("erp-sync".to_owned(), key.1.clone()), ""),
        token(&disabled, ""),
        token(&key, "&scope=work_orders.write"),
        token(&key, "&scope=asset.read"),
        service.introspect(&key, &of_other),
    ];
    for answer in &answers[..5] {
        let body = format!(
            r#"{{"error":"invalid_client","error_description":"client authentication failed ({})"}}"#,
            answer.header("request-id")
        );
        assert_eq!((answer.status, &answer.body), (401, &body));
    }
    let refusals = stored_refusals(&app, service, &answers);
    let texts = |field: &str| -> Vec<String> {
        refusals.iter().map(|refusal| refusal[field].as_str().unwrap_or("-").to_owned()).collect()
    };
    assert_eq!(
        texts("why"),
        [
            format!("the key erp-sync sent its secret ending {}, which a rotation retired at 2026-11-23T10:00:00.000Z", &retired.1[57..]),
            format!("the secret that the key erp-sync sent belongs to the key nightly ({})", key.0),
            "the key nightly sent a text that is not a client secret: it is too short, too long, or contains an invalid character".to_owned(),
            format!("client_id was \"erp-sync\", which is the name of the key erp-sync ({}); send its id instead", retired.0),
            format!("the key old has been disabled since {}", refusals[4]["why"].as_str().unwrap().rsplit(' ').next().unwrap()),
            "the scope work_orders.write is not in the group readers of the key nightly, nor among its own scopes".to_owned(),
            "the scope asset.read is not declared; assets.read is".to_owned(),
            "the key nightly introspected a valid credential that is not one of its own tokens, and got the answer that it is inactive: it lacks the scope apiconn:introspect, which its group readers does not have either".to_owned(),
        ]
    );
    assert_eq!(
        texts("suggested_command"),
        [
            "apiconn key show erp-sync",
            "-",
            "-",
            "-",
            "apiconn key enable old",
            "apiconn key edit nightly --add-scope work_orders.write",
            "-",
            "apiconn key edit nightly --add-scope apiconn:introspect",
        ]
    );
    assert_eq!(refusals[5]["error"], "invalid_scope");
    assert_eq!(refusals[7]["endpoint"], "/oauth/introspect");
    // The store does not contain the presented secret, except for the last characters, which it shows as a hint.
    let stored = std::fs::read(app.store()).unwrap();
    assert!(!stored.windows(30).any(|bytes| bytes == &key.1.as_bytes()[23..53]));
}
