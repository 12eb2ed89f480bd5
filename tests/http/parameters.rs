//! Parameters and headers as real clients send them: unknown ones, repeated ones, and texts from files and shells.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::App;
use crate::support::browser::{CodeClient, query};
use crate::support::process::{Service, basic};

use super::{REDIRECT, assert_error, start};

const GRANT: &str = "grant_type=client_credentials";

/// Returns an `Authorization` header with these bytes in base64.
fn header(bytes: &[u8]) -> String {
    format!("Basic {}", STANDARD.encode(bytes))
}

#[test]
fn only_a_known_parameter_may_not_be_repeated() {
    let (app, web, service) = start();
    let key = app.key("gateway", "--scope assets.read --scope apiconn:introspect");
    let authorization = basic(&key);
    for unknown in ["resource", "audience", "scope[]", "nonce", "%C3%A9", "extension"] {
        let twice = format!("{unknown}=https://a.example&{unknown}=https://b.example");
        let issued = service.post("/oauth/token", Some(&authorization), &format!("{GRANT}&{twice}"));
        assert_eq!(issued.status, 200, "{unknown}: {issued:?}");
        let token = issued.json()["access_token"].as_str().unwrap().to_owned();
        for (path, expected) in [("/oauth/introspect", "\"active\":true"), ("/oauth/revoke", "{}")] {
            let answer = service.post(path, Some(&authorization), &format!("token={token}&{twice}"));
            assert_eq!(answer.status, 200, "{unknown} at {path}: {answer:?}");
            assert!(answer.body.contains(expected), "{unknown} at {path}: {answer:?}");
        }
        let page = service.request("GET", &format!("{}&{twice}", web.path(&[])), &[], "");
        assert_eq!(page.status, 200, "{unknown}: {page:?}");
    }
    for known in ["scope", "client_id", "grant_type", "token", "response_mode"] {
        let answer =
            service.post("/oauth/token", Some(&authorization), &format!("{GRANT}&{known}=a&{known}=a"));
        assert_error(known, &answer, 400, "invalid_request");
        let why = app.refusal(&answer.header("request-id"))["why"].clone();
        assert_eq!(why, format!("the parameter {known} was sent more than once"));
    }
}

#[test]
fn texts_around_a_secret_or_an_id_are_removed() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let (id, secret) = (key.0.as_str(), key.1.as_str());
    for body in [
        format!("{GRANT}&client_id={id}&client_secret={secret}%0A"),
        format!("{GRANT}&client_id={id}&client_secret={secret}%0D%0A"),
        format!("client_secret=%EF%BB%BF{secret}&client_id={id}%0A&{GRANT}"),
        format!("{GRANT}&client_id=+{id}+&client_secret=%09{secret}+"),
        format!("{GRANT}&client_id={id}&client_secret={secret}%0B"),
        format!("{GRANT}&client_id={id}&client_secret={secret}\n"),
        format!("\u{feff}{GRANT}&client_id={id}&client_secret={secret}\r\n"),
        format!("client_id={id}\n&client_secret={secret}\n&{GRANT}\n"),
    ] {
        let answer = service.post("/oauth/token", None, &body);
        assert_eq!(answer.status, 200, "{body:?}: {answer:?}");
    }
    let whole = format!("{id}:{secret}");
    let wrapped = STANDARD.encode(format!("{whole}\n"));
    let (first, rest) = wrapped.split_at(60);
    for header in [
        header(format!("{whole}\n").as_bytes()),
        header(format!("{whole}\r\n").as_bytes()),
        header(format!("\u{feff}{whole}").as_bytes()),
        header(format!(" {id} : {secret}\t").as_bytes()),
        format!("Basic {first} {rest}"),
        format!("Basic  {first}\t{rest} "),
    ] {
        let answer = service.post("/oauth/token", Some(&header), GRANT);
        assert_eq!(answer.status, 200, "{header:?}: {answer:?}");
    }
    // A NUL is no character of a text file, so it is named.
    for (parameters, expected) in [
        (format!("client_id={id}&client_secret={secret}%00"), "client_secret ends with a NUL character"),
        (format!("client_id={id}&client_secret=%00{secret}"), "client_secret begins with a NUL character"),
        (format!("client_id={id}%00&client_secret={secret}"), "client_id ends with a NUL character"),
        (format!("client_id=+%00{id}&client_secret={secret}"), "client_id begins with a NUL character"),
        (format!("client_id={id}%00%0A&client_secret={secret}"), "client_id ends with a NUL character"),
        (format!("client_id={id}&client_secret={secret}&token=%00"), "token ends with a NUL character"),
        (format!("client_id={id}&client_secret={secret}&code=%00x"), "code begins with a NUL character"),
        (
            format!("client_id={id}&client_secret={secret}&refresh_token=x%00"),
            "refresh_token ends with a NUL character",
        ),
    ] {
        for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
            let answer = service.post(path, None, &format!("{GRANT}&{parameters}"));
            assert_error(expected, &answer, 400, "invalid_request");
            let description = format!("{expected} ({})", answer.header("request-id"));
            assert_eq!(answer.json()["error_description"], description, "{path}");
        }
    }
    let web = app.code_client("web", REDIRECT, "--scope assets.read");
    let path = web.path(&[]);
    assert_eq!(service.request("GET", &path, &[], "").status, 200);
    for around in [format!("{}%00", web.client_id), format!("%00{}", web.client_id)] {
        let page = service.request("GET", &path.replace(&web.client_id, &around), &[], "");
        assert_eq!(page.status, 400, "{around}: {page:?}");
    }
    for whole in [format!("{id}\0:{secret}"), format!("{id}:{secret}\0"), format!("\0{id}:{secret}")] {
        let answer = service.post("/oauth/token", Some(&header(whole.as_bytes())), GRANT);
        assert_error("a NUL in the header", &answer, 401, "invalid_client");
        let why = app.refusal(&answer.header("request-id"))["why"].as_str().unwrap().to_owned();
        assert!(why.ends_with(" with a NUL character"), "{why}");
    }
    // The characters are removed from credentials only, and only around them.
    let inside = format!("{GRANT}&client_id={id}&client_secret={}%0A{}", &secret[..30], &secret[30..]);
    let answer = service.post("/oauth/token", None, &inside);
    assert_error("a line end inside", &answer, 400, "invalid_request");
}

#[test]
fn a_malformed_parameter_is_named_with_its_fault() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for (more, expected) in [
        ("client_secret=a%0Ab", "client_secret contains a line end"),
        ("scope=assets.read%0A", "scope ends with a line end"),
        ("scope=assets.read%09x", "scope contains a tab"),
        ("redirect_uri=%00x", "redirect_uri begins with a NUL character"),
        ("code_verifier=100%", "code_verifier has a percent sign that does not begin an escape such as %2F"),
        ("scope=%ff", "scope is not UTF-8"),
        ("resource=%1b", "a parameter ends with a control character"),
        ("%0d%0ax=1", "the name of a parameter begins with a line end"),
        ("\nscope=assets.read", "the name of a parameter begins with a line end"),
    ] {
        let answer = service.post("/oauth/token", None, &format!("{GRANT}&client_id={}&{more}", key.0));
        assert_error(more, &answer, 400, "invalid_request");
        let id = answer.header("request-id");
        assert_eq!(answer.json()["error_description"], format!("{expected} ({id})"), "{more}");
        let refusal = app.refusal(&id);
        assert_eq!((&refusal["why"], &refusal["check"]), (&expected.into(), &"parameter_malformed".into()));
        assert_eq!(refusal["client"]["name"], "k", "{more}: {refusal}");
    }
}

#[test]
fn a_malformed_basic_header_is_explained() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let whole = format!("{}:{}", key.0, key.1);
    let utf16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_be: Vec<u8> = "\u{feff}a:b".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (header, expected) in [
        (
            header(&utf16),
            "the Authorization header has a text in UTF-16; the id and the secret must be UTF-8 before they are encoded in base64",
        ),
        (
            header(&utf16_be),
            "the Authorization header has a text in UTF-16; the id and the secret must be UTF-8 before they are encoded in base64",
        ),
        (
            format!("Basic {whole}"),
            "the Authorization header has an id and a secret that are not encoded in base64",
        ),
        ("Basic ???".to_owned(), "the Authorization header has a text after Basic that is not base64"),
        (
            header(b"ab").trim_end_matches('=').to_owned(),
            "the Authorization header has a text after Basic that is not base64",
        ),
        ("Basic".to_owned(), "the Authorization header has nothing after Basic"),
        (format!("Bearer {}", key.1), "the Authorization header does not begin with Basic and a space"),
        (header(key.0.as_bytes()), "the Authorization header has no colon between the id and the secret"),
        (
            header(format!("{}:a\nb", key.0).as_bytes()),
            "the client secret in the Authorization header contains a line end",
        ),
        (header(b"a\0b:c"), "the client id in the Authorization header contains a NUL character"),
        (header(b"k:\xe9"), "the client secret in the Authorization header is not UTF-8"),
    ] {
        let answer = service.post("/oauth/token", Some(&header), GRANT);
        assert_error(&header, &answer, 401, "invalid_client");
        assert_eq!(app.refusal(&answer.header("request-id"))["why"], expected, "{header}");
    }
}

#[test]
fn only_the_response_mode_query_is_accepted() {
    let (app, web, service) = start();
    let spa = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    for mode in ["form_post", "fragment", "web_message", "query.jwt", "QUERY"] {
        for client in [&web, &spa] {
            let answer = service.request("GET", &client.path(&[("response_mode", mode)]), &[], "");
            assert_eq!(answer.status, 303, "{mode}: {answer:?}");
            let location = answer.header("location");
            assert!(location.starts_with(&format!("{}?", client.redirect_uri)), "{mode}: {location}");
            let parameters = query(&location);
            assert_eq!(parameters["error"], "invalid_request", "{mode}: {location}");
            assert!(
                parameters["error_description"].starts_with("the only supported response_mode is query ("),
                "{mode}: {location}"
            );
            let why = app.refusal(&answer.header("request-id"))["why"].clone();
            assert_eq!(why, format!("the response_mode \"{mode}\" is not supported; only query is"));
        }
    }
    let accepted = |client: &CodeClient, mode| {
        service.request("GET", &client.path(&[("response_mode", mode)]), &[], "").status
    };
    assert_eq!((accepted(&web, "query"), accepted(&web, "")), (200, 200));
    assert_eq!(web.redirect_uri, REDIRECT);
}
