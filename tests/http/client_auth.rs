//! Who calls (RFC 6749 section 2.3.1). The numbers in the names of tests are those of the list of requirements that the service is held to.

use apiconn::credentials::format::{CHECKSUM_LENGTH, checksum};

use crate::support::App;
use crate::support::process::{Answer, Service, basic};

const GRANT: &str = "grant_type=client_credentials";

#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "{answer:?}");
    assert!(answer.headers.contains("cache-control: no-store"), "{answer:?}");
    assert!(answer.headers.contains("pragma: no-cache"), "{answer:?}");
}

#[test]
fn r62_basic_is_form_decoded_and_its_scheme_has_no_case() {
    let app = App::in_real_time();
    let (id, secret) = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let header = basic(&(encoded(&id), encoded(&secret))).replace("Basic", "bASIC");
    assert_eq!(service.post("/oauth/token", Some(&header), GRANT).status, 200);
}

#[test]
fn r64_r65_r66_r70_every_failure_looks_alike() {
    let app = App::in_real_time();
    let (id, secret) = app.key("k", "--scope assets.read");
    let (other, of_other) = app.key("other", "--scope assets.read");
    app.run("key disable other --yes").ok();
    let service = Service::start(&app.store());
    let wrong = secret.replace(&secret[secret.len() - 10..], "0000000000");
    // Well-formed to the last character, so that the store itself is asked: only nobody has it.
    let body = &secret[..secret.len() - CHECKSUM_LENGTH];
    let body = body.replace(&body[body.len() - 10..], "0000000000");
    let unknown = format!("{body}{}", checksum(&body));
    let bodies: Vec<String> = [
        basic(&(id.clone(), wrong.clone())),
        basic(&(id.clone(), unknown)),
        // The right secret of what is switched off is no better than a wrong one.
        basic(&(other.clone(), of_other)),
        basic(&("apck_test_000000000000".to_owned(), wrong.clone())),
        basic(&(other, secret.clone())),
        basic(&(id.clone(), String::new())),
        "Basic !!!".to_owned(),
        format!("Basic {}", "bm9jb2xvbg=="),
        "Bearer abc".to_owned(),
    ]
    .iter()
    .map(|header| {
        let answer = service.post("/oauth/token", Some(header), GRANT);
        refused(&answer, 401, "invalid_client");
        assert!(answer.headers.contains("www-authenticate: basic realm=\"apiconn\""));
        answer.body
    })
    .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let in_body =
        service.post("/oauth/token", None, &format!("{GRANT}&client_id={id}&client_secret={wrong}"));
    refused(&in_body, 401, "invalid_client");
    assert_eq!(in_body.body, bodies[0]);
    let empty = service.post("/oauth/token", None, &format!("{GRANT}&client_id={id}&client_secret="));
    refused(&empty, 401, "invalid_client");
    assert_eq!(empty.body, bodies[0]);
}

#[test]
fn r67_one_way_at_a_time() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let both = format!("{GRANT}&client_id={}&client_secret={}", key.0, key.1);
    refused(&service.post("/oauth/token", Some(&basic(&key)), &both), 400, "invalid_request");
    let other = format!("{GRANT}&client_id=apck_test_000000000000");
    refused(&service.post("/oauth/token", Some(&basic(&key)), &other), 400, "invalid_request");
    let same = format!("{GRANT}&client_id={}", key.0);
    assert_eq!(service.post("/oauth/token", Some(&basic(&key)), &same).status, 200);
}

#[test]
fn r68_r57_an_id_alone_and_a_secret_in_the_query_prove_nothing() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    refused(
        &service.post("/oauth/token", None, &format!("{GRANT}&client_id={}", key.0)),
        401,
        "invalid_client",
    );
    refused(&service.post("/oauth/token", None, GRANT), 401, "invalid_client");
    let query = format!("/oauth/token?{GRANT}&client_id={}&client_secret={}", key.0, key.1);
    refused(&service.post(&query, None, ""), 400, "invalid_request");
    refused(&service.post(&query, None, GRANT), 401, "invalid_client");
    let by_basic = Some(basic(&key));
    refused(&service.post(&format!("/oauth/token?{GRANT}"), by_basic.as_deref(), ""), 400, "invalid_request");
    refused(
        &service.post(
            &format!("/oauth/token?client_secret={}", key.1),
            None,
            &format!("{GRANT}&client_id={}", key.0),
        ),
        401,
        "invalid_client",
    );
}

#[test]
fn r69_r70_r74_a_public_consumer_gets_nothing_by_itself() {
    let app = App::in_real_time();
    let run = app
        .run("consumer add spa --public --grant authorization_code --redirect-uri https://a.example/cb --scope assets.read")
        .ok();
    let id = run.out.trim_end().to_owned();
    let code = "grant_type=authorization_code&code=x&code_verifier=x";
    let service = Service::start(&app.store());
    refused(
        &service.post("/oauth/token", None, &format!("{GRANT}&client_id={id}")),
        400,
        "unauthorized_client",
    );
    refused(&service.token(&(id.clone(), "apcx_test_whatever".to_owned())), 401, "invalid_client");
    for secret in ["x", "apcx_test_whatever"] {
        let body = format!("{code}&client_id={id}&client_secret={secret}");
        refused(&service.post("/oauth/token", None, &body), 401, "invalid_client");
    }
    // An empty one is none: so libraries name a public client by Basic.
    refused(
        &service.post("/oauth/token", Some(&basic(&(id.clone(), String::new()))), code),
        400,
        "invalid_grant",
    );
    // Unnamed it is nobody.
    refused(&service.post("/oauth/token", None, code), 401, "invalid_client");
}
