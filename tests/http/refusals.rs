//! A refused client gets a short error; the administrator finds the reason by the request's id.

use serde_json::Value;

use crate::support::App;
use crate::support::browser::Browser;
use crate::support::process::{Answer, Service, basic};

use super::start;

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

#[test]
fn an_anonymous_request_suggests_no_change_of_access() {
    let (app, consumer, service) = super::start();
    let ask = |changes: &[(&str, &str)]| service.request("GET", &consumer.path(changes), &[], "");
    let mut answers = vec![
        ask(&[("redirect_uri", "https://field.example/out?to=https://evil.example/take")]),
        ask(&[("redirect_uri", "https://field.example/cb/")]),
        ask(&[("scope", "admin.everything")]),
    ];
    app.run("scope add admin.everything Everything").ok();
    answers.push(ask(&[("scope", "admin.everything")]));
    app.run("consumer disable field-app --yes").ok();
    answers.push(ask(&[]));
    let refusals = stored_refusals(&app, service, &answers);
    let commands: Vec<&str> =
        refusals.iter().map(|refusal| refusal["suggested_command"].as_str().unwrap_or("-")).collect();
    assert_eq!(
        commands,
        [
            "apiconn consumer show field-app",
            // Codes that are sent there reach the same application.
            "apiconn consumer edit field-app --add-redirect-uri https://field.example/cb/",
            "apiconn scope list",
            "apiconn consumer show field-app",
            "apiconn consumer show field-app",
        ]
    );
    for refusal in &refusals[2..] {
        let why = refusal["why"].as_str().unwrap();
        assert!(why.ends_with("; the request did not prove to come from the consumer field-app"), "{why}");
        assert_eq!(refusal["client_authenticated"], false);
    }
}

#[test]
fn each_reason_is_true_for_the_kind_of_client() {
    let (app, web, service) = start();
    let key = app.key("k", "--scope assets.read");
    let bot = app.consumer("bot", "--scope assets.read");
    let spa = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    let post =
        |path: &str, client: &(String, String), body: &str| service.post(path, Some(&basic(client)), body);
    let public =
        |path: &str, body: &str| service.post(path, None, &format!("client_id={}&{body}", spa.client_id));
    let browser = &mut Browser::default();
    let code = web.code(&service, browser, "tech1");
    let refresh = web.tokens(&service, browser, "tech1").1;
    app.run("scope add reports.read Reports").ok();
    app.run("consumer edit field-app --add-scope reports.read --remove-scope assets.read --remove-scope work_orders.write").ok();
    let differ = format!(
        "the Authorization header names the client \"{}\", but the body names the client \"{}\"",
        key.0, bot.0
    );
    for (answer, why) in [
        (
            public("/oauth/introspect", "token=x"),
            "the consumer spa is public, and only a client with a secret may introspect",
        ),
        (
            public("/oauth/token", "grant_type=client_credentials"),
            "the consumer spa is public, so it cannot use client_credentials",
        ),
        (
            public("/oauth/token", "grant_type=refresh_token&refresh_token=x"),
            "the refresh token is malformed: it does not begin with the prefix of a credential of apiconn",
        ),
        (
            post("/oauth/token", &key, "grant_type=authorization_code&code=x"),
            "the key k may not use authorization_code: a key uses client_credentials alone",
        ),
        (
            post("/oauth/token", &key, "grant_type=refresh_token&refresh_token=x"),
            "the key k may not use refresh_token: a key uses client_credentials alone",
        ),
        (
            post("/oauth/token", &bot, "grant_type=refresh_token&refresh_token=x"),
            "the consumer bot may not use refresh_token: its grant types were set when it was added",
        ),
        (
            post(
                "/oauth/token",
                &key,
                &format!("grant_type=client_credentials&client_id={}&client_secret={}", bot.0, bot.1),
            ),
            &differ,
        ),
        (
            post(
                "/oauth/token",
                &bot,
                &format!("grant_type=client_credentials&client_id={}&client_secret={}", bot.0, bot.1),
            ),
            "the consumer bot authenticated twice: by an Authorization header and by client_secret in the body",
        ),
        (
            service.post(
                "/oauth/token",
                Some(&format!("Bearer {}", key.1)),
                &format!("grant_type=client_credentials&client_id={}&client_secret={}", bot.0, bot.1),
            ),
            "the consumer bot authenticated twice: by an Authorization header and by client_secret in the body",
        ),
        (
            service.post("/oauth/token", None, "grant_type=client_credentials"),
            "no client_id was sent, neither in a Basic header nor in the body",
        ),
        (
            web.exchange(&service, &code),
            "there is no scope to issue: the consumer field-app, or the grant of the user, has lost every scope that the user allowed",
        ),
        (
            web.refresh(&service, &refresh),
            "there is no scope to issue: the consumer field-app, or the grant of the user, has lost every scope that the user allowed",
        ),
    ] {
        assert!((400..500).contains(&answer.status), "{why}: {answer:?}");
        assert_eq!(app.refusal(&answer.header("request-id"))["why"], why);
    }
}
