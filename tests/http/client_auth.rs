//! Client authentication (RFC 6749 section 2.3.1).

use apiconn::credentials::format::{CHECKSUM_LENGTH, checksum};

use crate::support::App;
use crate::support::process::{Answer, Service, basic};

use super::assert_error;

const GRANT: &str = "grant_type=client_credentials";

/// Asserts an error that no cache may keep.
#[track_caller]
fn assert_refused(case: &str, answer: &Answer, status: u16, error: &str) {
    assert_error(case, answer, status, error);
    assert!(answer.headers.contains("cache-control: no-store"), "{case}: {answer:?}");
    assert!(answer.headers.contains("pragma: no-cache"), "{case}: {answer:?}");
}

/// Returns the body with the request id replaced by `ID`.
fn without_id(answer: &Answer) -> String {
    answer.body.replace(&answer.header("request-id"), "ID")
}

#[test]
fn basic_credentials_are_form_decoded_under_any_scheme_case() {
    let app = App::in_real_time();
    let (id, secret) = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let header = basic(&(encoded(&id), encoded(&secret))).replace("Basic", "bASIC");
    assert_eq!(service.post("/oauth/token", Some(&header), GRANT).status, 200);
}

#[test]
fn every_authentication_failure_gets_the_same_answer() {
    let app = App::in_real_time();
    let (id, secret) = app.key("k", "--scope assets.read");
    let (disabled, disabled_secret) = app.key("disabled", "--scope assets.read");
    app.run("key disable disabled --yes").ok();
    let service = Service::start(&app.store());
    let wrong = secret.replace(&secret[secret.len() - 10..], "0000000000");
    // Well-formed and with a valid checksum, so that it is looked up in the store, but not issued.
    let body = &secret[..secret.len() - CHECKSUM_LENGTH];
    let body = body.replace(&body[body.len() - 10..], "0000000000");
    let unknown = format!("{body}{}", checksum(&body));
    let unknown_id = "apck_test_000000000000".to_owned();
    let bodies: Vec<String> = [
        ("wrong checksum", basic(&(id.clone(), wrong.clone()))),
        ("unknown secret", basic(&(id.clone(), unknown))),
        // The right secret of a disabled client must not be distinguishable from a wrong one.
        ("disabled client", basic(&(disabled.clone(), disabled_secret))),
        ("unknown client", basic(&(unknown_id, wrong.clone()))),
        ("secret of another client", basic(&(disabled, secret.clone()))),
        ("empty secret", basic(&(id.clone(), String::new()))),
        ("not base64", "Basic !!!".to_owned()),
        ("no colon", format!("Basic {}", "bm9jb2xvbg==")),
        ("other scheme", "Bearer abc".to_owned()),
    ]
    .iter()
    .map(|(case, header)| {
        let answer = service.post("/oauth/token", Some(header), GRANT);
        assert_refused(case, &answer, 401, "invalid_client");
        assert!(answer.headers.contains("www-authenticate: basic realm=\"apiconn\""), "{case}: {answer:?}");
        without_id(&answer)
    })
    .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    for (case, secret) in [("wrong secret in the body", wrong.as_str()), ("empty secret in the body", "")] {
        let body = format!("{GRANT}&client_id={id}&client_secret={secret}");
        let answer = service.post("/oauth/token", None, &body);
        assert_refused(case, &answer, 401, "invalid_client");
        assert_eq!(without_id(&answer), bodies[0], "{case}");
    }
}

#[test]
fn credentials_must_come_by_one_method_and_agree() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let both = format!("{GRANT}&client_id={}&client_secret={}", key.0, key.1);
    let other = format!("{GRANT}&client_id=apck_test_000000000000");
    for (case, body) in [("secret in header and body", both), ("another client_id in the body", other)] {
        let answer = service.post("/oauth/token", Some(&basic(&key)), &body);
        assert_refused(case, &answer, 400, "invalid_request");
    }
    let same = format!("{GRANT}&client_id={}", key.0);
    assert_eq!(service.post("/oauth/token", Some(&basic(&key)), &same).status, 200);
}

#[test]
fn a_client_id_alone_or_a_secret_in_the_query_is_refused() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let path = "/oauth/token".to_owned();
    let in_query = format!("{path}?{GRANT}&client_id={}&client_secret={}", key.0, key.1);
    let id_in_body = format!("{GRANT}&client_id={}", key.0);
    for (case, path, authorization, body, status, error) in [
        ("client_id alone", path.clone(), None, id_in_body.as_str(), 401, "invalid_client"),
        ("no credentials", path.clone(), None, GRANT, 401, "invalid_client"),
        ("all in the query", in_query.clone(), None, "", 400, "invalid_request"),
        ("credentials in the query", in_query, None, GRANT, 401, "invalid_client"),
        ("grant in the query", format!("{path}?{GRANT}"), Some(basic(&key)), "", 400, "invalid_request"),
        (
            "secret in the query",
            format!("{path}?client_secret={}", key.1),
            None,
            id_in_body.as_str(),
            401,
            "invalid_client",
        ),
    ] {
        assert_refused(case, &service.post(&path, authorization.as_deref(), body), status, error);
    }
}

#[test]
fn a_public_client_gets_no_token_of_its_own() {
    let app = App::in_real_time();
    let run = app
        .run("consumer add spa --public --grant authorization_code --redirect-uri https://a.example/cb --scope assets.read")
        .ok();
    let id = run.out.trim_end().to_owned();
    let code = "grant_type=authorization_code&code=x&code_verifier=x";
    let service = Service::start(&app.store());
    let answer = service.post("/oauth/token", None, &format!("{GRANT}&client_id={id}"));
    assert_refused("client credentials grant", &answer, 400, "unauthorized_client");
    let answer = service.token(&(id.clone(), "apcx_test_wrong".to_owned()));
    assert_refused("any secret in the header", &answer, 401, "invalid_client");
    for secret in ["x", "apcx_test_wrong"] {
        let body = format!("{code}&client_id={id}&client_secret={secret}");
        assert_refused(secret, &service.post("/oauth/token", None, &body), 401, "invalid_client");
    }
    // An empty secret counts as none: some libraries identify a public client by Basic.
    let header = basic(&(id, String::new()));
    let answer = service.post("/oauth/token", Some(&header), code);
    assert_refused("empty secret", &answer, 400, "invalid_grant");
    assert_refused("no client_id", &service.post("/oauth/token", None, code), 401, "invalid_client");
}
