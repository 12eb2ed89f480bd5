//! The page on which a user lists and revokes their grants, and sign-out.

use crate::support::App;
use crate::support::browser::{Browser, hidden, pair};
use crate::support::process::Service;

const PAGE: &str = "/account/applications";

#[test]
fn a_user_lists_and_revokes_only_their_own_grants() {
    let app = App::in_real_time();
    app.user("tech1");
    app.user("tech2");
    app.run("settings set require_reason true").ok();
    let field =
        app.code_client("field-app", "https://field.example/cb", "--title \"Field App\" --scope assets.read");
    let other = app.code_client("other", "https://other.example/cb", "--scope work_orders.write");
    let service = Service::start(&app.store());
    field.tokens(&service, &mut Browser::default(), "tech2");
    let mut browser = Browser::default();
    let (_, refresh) = field.tokens(&service, &mut browser, "tech1");
    other.tokens(&service, &mut browser, "tech1");
    let page = browser.get(&service, PAGE);
    assert_eq!(page.status, 200);
    for shown in [
        "Field App",
        &field.client_id,
        "Read the base&#39;s assets",
        "other",
        "Create and change work orders",
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let id = |handle: &str| app.run(&format!("grant show {handle} -o id")).ok().out.trim_end().to_owned();
    let (grant, foreign) = (id("tech1/field-app"), id("tech2/field-app"));
    let action = "/account/applications/revoke";
    let token = hidden(&page.body, action)[0].1.clone();
    let asked = browser.post(&service, action, &[("token", &token), ("grant", &grant)]);
    assert_eq!(asked.status, 200);
    let (_, refresh) = pair(&field.refresh(&service, &refresh));
    let done = browser.submit(&service, &asked.body, action, &[]);
    let page = browser.follow(&service, &done);
    assert!(page.body.contains("role=\"status\"") && page.body.contains("Field App"), "{}", page.body);
    assert_eq!(field.refresh(&service, &refresh).json()["error"], "invalid_grant");
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "grant.revoke");
    assert_eq!(audit["items"][0]["reason"], "the user withdrew it");
    assert_eq!(audit["items"][0]["via"], "serve");
    // The grant of another user cannot be revoked here.
    let answer =
        browser.post(&service, action, &[("token", &token), ("grant", &foreign), ("confirm", "yes")]);
    assert_eq!(answer.status, 400);
    assert_eq!(app.run("grant show tech2/field-app -o json").ok().json()["grant"]["state"], "active");
    let all = "/account/applications/revoke-all";
    let asked = browser.post(&service, all, &[("token", &token)]);
    let done = browser.submit(&service, &asked.body, all, &[]);
    browser.follow(&service, &done);
    assert_eq!(app.run("grant list --user tech1 -o id").ok().out, "");
    assert_eq!(app.run("grant list --user tech2 -o id").ok().out.lines().count(), 1);
}

#[test]
fn the_account_page_needs_a_session_and_logout_ends_it() {
    let app = App::in_real_time();
    app.user("tech1");
    let service = Service::start(&app.store());
    let mut browser = Browser::default();
    let answer = browser.get(&service, PAGE);
    let page = browser.follow(&service, &answer);
    let page = browser.sign_in(&service, &page, "tech1");
    assert_eq!(page.status, 200);
    let copy = browser.clone();
    let answer = browser.submit(&service, &page.body, "/logout", &[]);
    assert_eq!(browser.follow(&service, &answer).status, 200);
    // A copy of the cookie shows that the session itself has ended, not only the browser's cookie.
    for (case, mut browser) in [("same browser", browser), ("copied cookie", copy)] {
        assert_eq!(browser.get(&service, PAGE).status, 303, "{case}");
    }
}

#[test]
fn disabling_a_user_or_a_new_password_ends_the_session() {
    let app = App::in_real_time();
    app.user("tech1");
    let service = Service::start(&app.store());
    let sign_in = || {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login");
        assert_eq!(browser.sign_in(&service, &page, "tech1").status, 200);
        browser
    };
    let mut browser = sign_in();
    app.run("user disable tech1 --yes").ok();
    assert_eq!(browser.get(&service, PAGE).status, 303);
    app.run("user enable tech1 --yes").ok();
    assert_eq!(browser.get(&service, PAGE).status, 303);
    let mut browser = sign_in();
    app.call("user set-password tech1 --password-stdin").stdin("correct horse battery staple").run().ok();
    assert_eq!(browser.get(&service, PAGE).status, 303);
}

#[test]
fn a_session_expires_by_age_and_by_idle_time() {
    let app = App::in_real_time();
    app.user("tech1");
    let service = Service::start(&app.store());
    for change in ["expires_at = 0", "last_seen_at = last_seen_at - 3600000"] {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login");
        assert_eq!(browser.sign_in(&service, &page, "tech1").status, 200);
        app.sql(&format!("UPDATE sessions SET {change}"));
        assert_eq!(browser.get(&service, PAGE).status, 303, "{change}");
    }
}

#[test]
fn a_cross_site_logout_request_is_refused() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    // A browser omits SameSite cookies from a cross-site request, so the request looks unauthenticated.
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
        let answer = service.request("POST", "/logout", &[form, (name, value)], "x=1");
        assert_eq!(answer.status, 403, "{name}: {answer:?}");
        assert!(answer.header_values("set-cookie").is_empty(), "{name}: {answer:?}");
    }
    // Old browsers send neither header.
    let answer = service.request("POST", "/logout", &[form], "x=1");
    assert!(answer.header_values("set-cookie").is_empty(), "{answer:?}");
}
