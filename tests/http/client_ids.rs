//! Clients with ids of another form than new ids, as an imported client has one.

use std::fs::File;

use crate::support::App;
use crate::support::browser::{Browser, form};
use crate::support::process::{Service, basic, ok};

/// Ids of 1 to 255 printable ASCII characters without a colon. The first two look like ids of the other kind.
fn ids() -> Vec<String> {
    let ids =
        ["apck_test_7Hq2mZ0xPa4T", "apcc_live_7Hq2mZ0xPa4T", "0oa1B2c3", "legacy-app", "My app/1~!\"x", "7"];
    ids.iter().map(|id| (*id).to_owned()).chain(["x".repeat(255)]).collect()
}

#[test]
fn a_client_may_have_any_id_of_the_standard() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let (_, secret) = app.consumer("partner", "--scope assets.read");
    let log = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&log).unwrap());
    for id in ids() {
        app.raw().execute("UPDATE clients SET client_id = ?1 WHERE name = 'partner'", [&id]).unwrap();
        let client = (id.clone(), secret.clone());
        let by_header = service.token(&client);
        assert_eq!(by_header.status, 200, "{id}: {by_header:?}");
        let body = [("grant_type", "client_credentials"), ("client_id", &*id), ("client_secret", &*secret)];
        assert_eq!(service.post("/oauth/token", None, &form(&body)).status, 200, "{id}");
        let token = by_header.json()["access_token"].as_str().unwrap().to_owned();
        let found = service.introspect(&gateway, &token).json();
        assert_eq!((&found["client_id"], &found["sub"]), (&id.as_str().into(), &id.as_str().into()));
        // The kind is that of the row. The prefix of the id does not matter.
        assert_eq!(service.introspect(&gateway, &secret).json()["active"], false, "{id}");
        let refused =
            service.post("/oauth/token", Some(&basic(&client)), "grant_type=client_credentials&scope=x.y");
        assert_eq!(refused.status, 400, "{id}");
        let shown = app.refusal(&refused.header("request-id"));
        assert_eq!(
            (&shown["client"]["id"], &shown["client"]["name"]),
            (&id.as_str().into(), &"partner".into())
        );
        let wrong = (id.clone(), format!("{}x", &secret[..60]));
        let refused = service.token(&wrong);
        assert_eq!(refused.status, 401, "{id}");
        let shown = app.refusal(&refused.header("request-id"));
        assert!(shown["why"].as_str().unwrap().starts_with("the consumer partner sent"), "{id}: {shown}");
        let revoked = service.post("/oauth/revoke", Some(&basic(&client)), &format!("token={token}"));
        assert_eq!(revoked.status, 200, "{id}");
        assert_eq!(service.introspect(&gateway, &token).json()["active"], false, "{id}");
    }
    assert!(service.stop());
    let lines = std::fs::read_to_string(log).unwrap();
    let logged: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for id in ids() {
        assert!(logged.iter().any(|line| line["client_id"] == id.as_str()), "{id} is in the log");
    }
}

#[test]
fn an_id_in_a_basic_header_is_read_with_and_without_encoding() {
    let app = App::in_real_time();
    let (_, secret) = app.consumer("partner", "--scope assets.read");
    let service = Service::start(&app.store());
    for id in ["a+b", "50%off", "a%41", "a%2Bb", "blank in it", "a&b=c"] {
        app.raw().execute("UPDATE clients SET client_id = ?1 WHERE name = 'partner'", [id]).unwrap();
        let encoded: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        for sent in [id, &encoded] {
            assert_eq!(service.token(&(sent.to_owned(), secret.clone())).status, 200, "{id} as {sent}");
            let body = form(&[("grant_type", "client_credentials"), ("client_id", id)]);
            let answer =
                service.post("/oauth/token", Some(&basic(&(sent.to_owned(), secret.clone()))), &body);
            assert_eq!(answer.status, 200, "{id} as {sent}, and in the body");
        }
        let answer = service.token(&(format!("{id}x"), secret.clone()));
        assert_eq!((answer.status, &answer.json()["error"]), (401, &"invalid_client".into()), "{id}");
    }
}

#[test]
fn a_public_client_with_any_id_signs_users_in() {
    let app = App::in_real_time();
    app.user("tech1");
    let mut client = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    let service = Service::start(&app.store());
    for id in ids() {
        app.raw().execute("UPDATE clients SET client_id = ?1 WHERE name = 'spa'", [&id]).unwrap();
        client.client_id = id.clone();
        let (access, refresh) = client.tokens(&service, &mut Browser::default(), "tech1");
        assert!(access.starts_with("apca_"), "{id}");
        assert_eq!(client.refresh(&service, &refresh).status, 200, "{id}");
    }
}

#[test]
fn a_made_up_id_is_no_client() {
    let app = App::in_real_time();
    let (_, secret) = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let mut stored = Vec::new();
    for id in
        ["apck_test_7Hq2mZ0xPa4T", "", "legacy", &"x".repeat(256), "a:b", &secret, &format!("id {secret}")]
    {
        let body = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", &*secret)];
        let answer = service.post("/oauth/token", None, &form(&body));
        assert_eq!((answer.status, &answer.json()["error"]), (401, &"invalid_client".into()), "{id}");
        stored.push(app.refusal(&answer.header("request-id")));
    }
    // An id that no client has is shown as it was sent; a secret in its place is not.
    let text = serde_json::to_string(&stored).unwrap();
    assert!(!text.contains(&secret[24..50]), "{text}");
    assert_eq!(stored[0]["client"]["id"], "apck_test_7Hq2mZ0xPa4T");
    assert!(service.stop());
}

#[test]
fn commands_take_any_id_as_a_handle() {
    let app = App::in_real_time();
    app.user("tech1");
    app.code_client("field-app", "https://field.example/cb", "--scope assets.read");
    app.key("erp-sync", "--scope assets.read");
    app.run("grant add tech1 field-app --scope assets.read").ok();
    let prefixed = ["grt_7Hq2mZ0xPa4T", "usr_x", "sec_1", "apcc_prod-7", "apck_test_"].map(str::to_owned);
    for id in ids().into_iter().chain(prefixed) {
        let id = id.as_str();
        app.raw().execute("UPDATE clients SET client_id = ?1 WHERE name = 'field-app'", [id]).unwrap();
        let shown = ok(&app.store(), &["consumer", "show", id, "-o", "json"]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(
            (&shown["consumer"]["client_id"], &shown["consumer"]["name"]),
            (&id.into(), &"field-app".into())
        );
        let listed = ok(&app.store(), &["grant", "list", "--consumer", id, "--fields", "state"]);
        assert!(listed.contains("active"), "{id}: {listed}");
        ok(&app.store(), &["token", "list", "--consumer", id]);
        ok(&app.store(), &["consumer", "disable", id, "--yes"]);
        ok(&app.store(), &["consumer", "enable", id]);
        ok(&app.store(), &["grant", "add", "tech1", id, "--scope", "assets.read"]);
        ok(&app.store(), &["grant", "revoke", &format!("tech1/{id}"), "--yes"]);
        let rotated = ok(&app.store(), &["consumer", "rotate", id, "--now", "--yes", "-o", "tsv"]);
        assert!(rotated.contains("apcx_test_"), "{id}: {rotated}");
        ok(&app.store(), &["grant", "add", "tech1", id, "--scope", "assets.read"]);
    }
}

#[test]
fn an_id_of_the_other_kind_is_told_by_the_row_of_its_client() {
    let app = App::in_real_time();
    app.key("erp-sync", "--scope assets.read");
    app.consumer("field-app", "--scope assets.read");
    // Each client has an id that looks like one of the other kind.
    app.sql("UPDATE clients SET client_id = 'apcc_test_7Hq2mZ0xPa4T' WHERE name = 'erp-sync'");
    app.sql("UPDATE clients SET client_id = 'legacy' WHERE name = 'field-app'");
    for (words, error) in [
        (
            "consumer show apcc_test_7Hq2mZ0xPa4T",
            "\"apcc_test_7Hq2mZ0xPa4T\" is the id of a key, but a consumer is required",
        ),
        ("key show legacy", "\"legacy\" is the id of a consumer, but a key is required"),
        (
            "key revoke apcc_test_0000mZ0xPa4T --yes",
            "\"apcc_test_0000mZ0xPa4T\" is the id of a consumer, but a key is required",
        ),
        ("key show usr_7Hq2mZ0xPa4T", "\"usr_7Hq2mZ0xPa4T\" is the id of a user, but a key is required"),
        (
            "key show apck_prod_7Hq2mZ0xPa4T",
            "\"apck_prod_7Hq2mZ0xPa4T\" is mistyped: an id has 12 letters and digits after its prefix",
        ),
        // The beginning of an id in another form is no handle.
        ("key show apcc_test_7Hq2", "\"apcc_test_7Hq2\" is the id of a consumer, but a key is required"),
    ] {
        let run = app.run(words).exits(2);
        assert!(run.err.starts_with(&format!("error: {error}\nhint: ")), "{words}: {}", run.err);
    }
    app.run("key show apcc_test_7Hq2mZ0xPa4T").ok();
}

#[test]
fn a_name_that_is_the_id_of_another_client_is_ambiguous() {
    let app = App::in_real_time();
    app.consumer("field-app", "--scope assets.read");
    app.consumer("partner", "--scope assets.read");
    app.sql("UPDATE clients SET client_id = 'partner' WHERE name = 'field-app'");
    let partner = app.run("consumer list --match partner --fields client_id").ok().out;
    let partner = partner.trim();
    let run = app.run("consumer disable partner --yes").exits(4);
    assert_eq!(
        run.err,
        format!(
            "error: \"partner\" is the name of consumer {partner} and the id of consumer field-app\nhint: give {partner} or field-app instead\n"
        )
    );
    let error = app.run("consumer show partner -o json").exits(4).error_json();
    assert_eq!(error["error"]["candidates"], serde_json::json!([partner, "field-app"]));
    for handle in [partner, "field-app"] {
        app.run(&format!("consumer show {handle}")).ok();
    }
    app.sql("UPDATE clients SET client_id = 'other-app' WHERE name = 'field-app'");
    let run = app.run("consumer add other-app --grant client_credentials --scope assets.read").exits(4);
    assert!(
        run.err.starts_with("error: the name \"other-app\" is taken by consumer other-app"),
        "{}",
        run.err
    );
    // The beginning of such an id is no handle: a mistyped name must not hit another client.
    app.run("consumer disable other-ap --yes").exits(3);
    app.run("consumer show Partner").exits(3);
}
