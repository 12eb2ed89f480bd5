//! What holds for the pages: who may send their forms, what browsers are told about them, how guessing is slowed.

use crate::support::App;
use crate::support::browser::{Browser, PASSWORD, hidden, query};
use crate::support::process::Service;

use super::{REDIRECT, start};

#[test]
fn r101_r102_no_page_can_be_framed_kept_or_filled_from_elsewhere() {
    let (_app, consumer, service) = start();
    let mut browser = Browser::default();
    let sign_in = browser.get(&service, &consumer.path(&[]));
    let consent = browser.sign_in(&service, &sign_in, "tech1");
    let error = browser.get(&service, "/oauth/authorize");
    for page in [&sign_in, &consent, &error, &browser.get(&service, "/logout")] {
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
        );
        assert!(policy.ends_with("frame-ancestors 'none'; base-uri 'none'"), "{policy}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(page.header(name), value);
        }
        assert!(!page.body.contains("<script") && !page.body.contains(" style="), "{}", page.body);
        assert!(!page.body.contains("//field.example/"), "{}", page.body);
        // Whatever a page loads or leads to is here.
        for attribute in [" src=\"", " href=\""] {
            for target in page.body.split(attribute).skip(1) {
                assert!(target.starts_with('/') && !target.starts_with("//"), "{target}");
            }
        }
    }
    for page in [&sign_in, &consent] {
        assert!(page.header("content-security-policy").contains("form-action 'self' https://field.example;"));
    }
}

#[test]
fn r103_r106_a_password_is_answered_by_303_and_a_new_session() {
    let (_app, consumer, service) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[]));
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("apiconn-browser="), "{cookie}");
    assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let fields = [("username", "tech1"), ("password", PASSWORD)];
    // In an address a password is none.
    let mut query = Browser::default();
    let shown = query.get(&service, &format!("/login?{}", crate::support::browser::form(&fields)));
    assert_eq!(shown.status, 200);
    assert!(!query.cookies.contains_key("apiconn-session") && !shown.body.contains(PASSWORD), "{shown:?}");
    let answer = browser.submit(&service, &page.body, "/login", &fields);
    assert_eq!(answer.status, 303);
    let first = browser.cookies["apiconn-session"].clone();
    let page = browser.get(&service, &consumer.path(&[("prompt", "login")]));
    browser.submit(&service, &page.body, "/login", &fields);
    let second = browser.cookies["apiconn-session"].clone();
    assert_ne!(first, second);
    // The one before is over.
    browser.cookies.insert("apiconn-session".to_owned(), first);
    assert_eq!(browser.get(&service, "/account/applications").status, 303);
}

#[test]
fn r106_over_tls_the_cookies_are_bound_to_the_host() {
    let (app, consumer, _) = start();
    app.run("settings set issuer https://auth.example").ok();
    let service = Service::start(&app.store());
    let page = service.request("GET", &consumer.path(&[]), &[], "");
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-apiconn-browser="), "{cookie}");
    assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    assert!(!cookie.contains("Domain"));
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
}

#[test]
fn r104_an_unknown_user_a_wrong_password_and_a_disabled_user_look_alike() {
    let (app, _, service) = start();
    app.user("tech2");
    app.run("user disable tech2 --yes").ok();
    let mut pages = Vec::new();
    for (username, password) in
        [("nobody", PASSWORD), ("tech1", "wrong wrong wrong"), ("tech2", PASSWORD), ("tech1", "")]
    {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login");
        let fields = [("username", username), ("password", password)];
        let answer = browser.submit(&service, &page.body, "/login", &fields);
        assert_eq!(answer.status, 403);
        assert!(!browser.cookies.contains_key("apiconn-session"));
        let token = hidden(&answer.body, "/login")[0].1.clone();
        pages.push(
            answer.body.replace(&token, "TOKEN").replace(&format!("value=\"{username}\""), "value=\"NAME\""),
        );
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
}

#[test]
fn r105_guessing_is_slowed_and_the_owners_browser_is_not() {
    let (app, _, service) = start();
    let mut owner = Browser::default();
    let page = owner.get(&service, "/login");
    owner.sign_in(&service, &page, "tech1");
    let guess = |browser: &mut Browser, password: &str| {
        let page = browser.get(&service, "/login?");
        browser.cookies.remove("apiconn-session");
        let page = if page.status == 303 { browser.get(&service, "/login") } else { page };
        browser.submit(&service, &page.body, "/login", &[("username", "tech1"), ("password", password)])
    };
    let mut stranger = Browser::default();
    let statuses: Vec<u16> = (0..8).map(|_| guess(&mut stranger, "wrong wrong wrong").status).collect();
    assert_eq!(statuses[..5], [403; 5]);
    assert!(statuses[5..].contains(&429), "{statuses:?}");
    let answer = guess(&mut stranger, PASSWORD);
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    // A restart forgets nothing.
    drop(service);
    let service = Service::start(&app.store());
    let page = stranger.get(&service, "/login");
    let fields = [("username", "tech1"), ("password", PASSWORD)];
    assert_eq!(stranger.submit(&service, &page.body, "/login", &fields).status, 429);
    owner.cookies.remove("apiconn-session");
    let page = owner.get(&service, "/login");
    assert_eq!(owner.submit(&service, &page.body, "/login", &fields).status, 303);
}

#[test]
fn r105_no_more_guesses_run_ahead_of_the_counter_than_are_hashed_at_once() {
    let (app, _, service) = start();
    let pages: Vec<_> = (0..16)
        .map(|_| {
            let mut browser = Browser::default();
            let page = browser.get(&service, "/login");
            (browser, page.body)
        })
        .collect();
    // While another process holds the store, no failure can be counted; then all of them are.
    let holder = app.raw();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let service = &service;
        let guesses: Vec<_> = pages
            .into_iter()
            .map(|(mut browser, page)| {
                let fields = [("username", "tech1"), ("password", "wrong wrong wrong")];
                scope.spawn(move || browser.submit(service, &page, "/login", &fields).status)
            })
            .collect();
        std::thread::park_timeout(std::time::Duration::from_secs(1));
        holder.execute_batch("ROLLBACK").unwrap();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let side_by_side = std::thread::available_parallelism().unwrap().get();
    let told = statuses.iter().filter(|status| **status == 403).count();
    assert!(told <= 5 + side_by_side, "{told} of 16 were told that they are wrong: {statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn r107_a_consent_form_of_another_session_or_without_its_token_gives_no_code() {
    let (app, consumer, service) = start();
    app.user("tech2");
    let mut victim = Browser::default();
    let page = victim.get(&service, &consumer.path(&[]));
    let consent = victim.sign_in(&service, &page, "tech1");
    let token = hidden(&consent.body, "/oauth/authorize")[0].1.clone();
    let mut attacker = Browser::default();
    let page = attacker.get(&service, &consumer.path(&[]));
    attacker.sign_in(&service, &page, "tech2");
    let with = |token: &str| {
        vec![
            ("form".to_owned(), token.to_owned()),
            ("decision".to_owned(), "allow".to_owned()),
            ("scope".to_owned(), "assets.read".to_owned()),
        ]
    };
    let mut altered = token.clone();
    altered.replace_range(0..1, if token.starts_with('a') { "b" } else { "a" });
    for (browser, fields) in [
        (&mut attacker, with(&token)),
        (&mut victim.clone(), with(&altered)),
        (&mut victim.clone(), with("")),
        (&mut Browser::default(), with(&token)),
    ] {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = browser.post(&service, "/oauth/authorize", &fields);
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(answer.header_values("location").is_empty());
    }
    // A page elsewhere makes the victim's own browser send the right form.
    let cookies: Vec<String> = victim.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let body = format!("form={token}&decision=allow&scope=assets.read");
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", &cookies.join("; ")),
            (name, value),
        ];
        let answer = service.request("POST", "/oauth/authorize", &headers, &body);
        assert_eq!(answer.status, 403, "{answer:?}");
    }
    assert_eq!(victim.decide(&service, &consent, "allow", &["assets.read"]).status, 303);
}

#[test]
fn r108_nobody_is_signed_in_by_a_form_that_is_not_theirs() {
    let (app, _, service) = start();
    app.user("attacker");
    let mut attacker = Browser::default();
    let page = attacker.get(&service, "/login");
    let mut fields = hidden(&page.body, "/login");
    fields.push(("username".to_owned(), "attacker".to_owned()));
    fields.push(("password".to_owned(), PASSWORD.to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut fresh = Browser::default();
    let mut visited = Browser::default();
    visited.get(&service, "/login");
    for victim in [&mut fresh, &mut visited] {
        let answer = victim.post(&service, "/login", &fields);
        assert_eq!(answer.status, 403);
        assert!(!victim.cookies.contains_key("apiconn-session"));
    }
}

#[test]
fn r109_a_decision_counts_once_and_allows_no_more_than_was_asked() {
    let (app, consumer, service) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("scope", "assets.read")]));
    let consent = browser.sign_in(&service, &page, "tech1");
    let answer = browser.decide(
        &service,
        &consent,
        "allow",
        &["assets.read", "work_orders.write", "apiconn:introspect"],
    );
    let code = query(&answer.header("location"))["code"].clone();
    assert_eq!(consumer.exchange(&service, &code).json()["scope"], "assets.read");
    assert_eq!(app.run("grant list -o json").ok().json()["items"][0]["scope"], "assets.read");
    for decision in ["allow", "deny"] {
        let again = browser.decide(&service, &consent, decision, &["assets.read"]);
        assert_eq!(again.status, 403);
        assert!(again.header_values("location").is_empty());
    }
}

#[test]
fn r110_markup_is_shown_as_it_is_written() {
    let app = App::in_real_time();
    app.user("tech1");
    let name = "<b>x</b>&\"'";
    let consumer = app.asking("field-app", REDIRECT, "--scope assets.read");
    app.call("consumer edit field-app --title").word(name).run().ok();
    let service = Service::start(&app.store());
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("state", "<script>alert(1)</script>")]));
    assert!(!page.body.contains("<b>x") && !page.body.contains("<script"), "{}", page.body);
    let wrong = browser.submit(
        &service,
        &page.body,
        "/login",
        &[("username", "\"><script>alert(1)</script>"), ("password", "x")],
    );
    assert!(!wrong.body.contains("<script"), "{}", wrong.body);
    let consent = browser.sign_in(&service, &page, "tech1");
    assert!(!consent.body.contains("<b>x") && consent.body.contains("&#60;b&#62;x"), "{}", consent.body);
    for markup in ["\"><script>alert(1)</script>", "'\"><b>x", "</code><b>x", "&lt;b&gt;x"] {
        for name in ["client_id", "redirect_uri", "scope", "response_type", "prompt", "code_challenge", "x"] {
            let answer = browser.get(&service, &consumer.path(&[(name, markup), ("state", markup)]));
            for raw in ["<script", "<b>x"] {
                assert!(!answer.body.contains(raw), "{name}: {}", answer.body);
                assert!(!answer.headers.contains(raw), "{name}: {answer:?}");
            }
        }
    }
    for path in
        ["/%3Cscript%3E", "/login?username=%22%3E%3Cscript%3E", "/account/applications?revoked=%3Cscript%3E"]
    {
        assert!(!browser.get(&service, path).body.contains("<script"), "{path}");
    }
}

#[test]
fn r112_signing_in_leads_to_our_own_pages_alone() {
    let (_app, _, service) = start();
    for request in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login");
        let answer = browser.submit(
            &service,
            &page
                .body
                .replace("name=\"request\" value=\"\"", &format!("name=\"request\" value=\"{request}\"")),
            "/login",
            &[("username", "tech1"), ("password", PASSWORD)],
        );
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(answer.header_values("location").is_empty());
        // Names under which others keep such an address mean nothing here, neither in the form nor in the query.
        for name in ["next", "return_to", "redirect", "continue", "r"] {
            let mut browser = Browser::default();
            let query = crate::support::browser::form(&[(name, request)]);
            let page = browser.get(&service, &format!("/login?{query}"));
            assert!(!page.body.contains("evil.example") && !page.body.contains("alert(1)"), "{}", page.body);
            let fields = [("username", "tech1"), ("password", PASSWORD), (name, request)];
            let answer = browser.submit(&service, &page.body, "/login", &fields);
            assert_eq!(answer.header("location"), "/account/applications");
        }
    }
}

#[test]
fn the_pages_speak_the_readers_language() {
    let (_app, consumer, service) = start();
    let spanish =
        service.request("GET", &consumer.path(&[]), &[("Accept-Language", "es-CL,es;q=0.9,en;q=0.5")], "");
    assert_eq!(spanish.header("content-language"), "es");
    assert!(spanish.body.contains("lang=\"es\"") && spanish.body.contains("Contraseña"), "{}", spanish.body);
    let english = service.request("GET", &consumer.path(&[]), &[("Accept-Language", "de")], "");
    assert!(english.body.contains("lang=\"en\"") && english.body.contains("Password"));
}

#[test]
fn a_refused_request_is_found_by_the_id_that_its_page_shows() {
    let (app, consumer, service) = start();
    let page =
        Browser::default().get(&service, &consumer.path(&[("redirect_uri", "https://field.example/cb/")]));
    let id = page.header("request-id");
    assert!(page.body.contains(&id), "{}", page.body);
    app.refusal(&id);
    let shown = app.run(&format!("refusal show {id} -o json")).ok().out;
    assert!(shown.contains("trailing slash") && shown.contains("field-app"), "{shown}");
}

#[test]
fn a_mistyped_address_is_answered_on_a_page_to_a_person_and_in_json_to_a_program() {
    let (_app, _consumer, service) = start();
    for (accept, kind, says) in [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", "There is no such page"),
        ("application/json", "application/json", "there is nothing at this address"),
        ("*/*", "application/json", "there is nothing at this address"),
    ] {
        let answer = service.request("GET", "/account", &[("Accept", accept)], "");
        assert_eq!((answer.status, answer.header("content-type").as_str()), (404, kind));
        assert!(answer.body.contains(says), "{}", answer.body);
        assert!(answer.header("cache-control").contains("no-store"));
    }
}
