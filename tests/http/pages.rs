//! The pages: headers, cookies, CSRF protection, escaping, redirects and limits on guessing passwords.

use crate::support::App;
use crate::support::browser::{Browser, PASSWORD, hidden, query};
use crate::support::process::Service;

use super::{REDIRECT, start};

#[test]
fn pages_cannot_be_framed_cached_or_load_foreign_content() {
    let (_app, consumer, service) = start();
    let mut browser = Browser::default();
    let own_sign_in = browser.get(&service, "/login");
    let sign_in = browser.get(&service, &consumer.path(&[]));
    let consent = browser.sign_in(&service, &sign_in, "tech1");
    let error = browser.get(&service, "/oauth/authorize");
    let sign_out = browser.get(&service, "/logout");
    // The forms of these pages lead to the application, which may redirect to any address.
    let to_application =
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    let to_service = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    for (case, page, policy) in [
        ("sign-in for an application", &sign_in, to_application),
        ("consent", &consent, to_application),
        ("sign-in", &own_sign_in, to_service),
        ("error", &error, to_service),
        ("sign-out", &sign_out, to_service),
    ] {
        assert_eq!(page.header("content-security-policy"), policy, "{case}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(page.header(name), value, "{case}: {name}");
        }
        assert!(!page.body.contains("<script") && !page.body.contains(" style="), "{}", page.body);
        assert!(!page.body.contains("//field.example/"), "{}", page.body);
        // Every resource and link is on the same origin.
        for attribute in [" src=\"", " href=\""] {
            for target in page.body.split(attribute).skip(1) {
                assert!(target.starts_with('/') && !target.starts_with("//"), "{case}: {target}");
            }
        }
    }
}

#[test]
fn signing_in_answers_303_with_a_new_session() {
    let (_app, consumer, service) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[]));
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("apiconn-browser="), "{cookie}");
    assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let fields = [("username", "tech1"), ("password", PASSWORD)];
    // A password in the query is ignored.
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
    // The previous session has ended.
    browser.cookies.insert("apiconn-session".to_owned(), first);
    assert_eq!(browser.get(&service, "/account/applications").status, 303);
}

#[test]
fn cookies_are_bound_to_the_host_under_https() {
    let (app, consumer, _) = start();
    app.run("settings set issuer https://auth.example").ok();
    let service = Service::start(&app.store());
    let head =
        format!("GET {} HTTP/1.1\r\nHost: auth.example\r\nConnection: close\r\n\r\n", consumer.path(&[]));
    let page = service.raw(&head, "");
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-apiconn-browser="), "{cookie}");
    assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    assert!(!cookie.contains("Domain"));
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
}

#[test]
fn unknown_user_wrong_password_and_disabled_user_look_alike() {
    let (app, _, service) = start();
    app.user("tech2");
    app.run("user disable tech2 --yes").ok();
    let mut pages = Vec::new();
    for (username, password) in
        [("unknown", PASSWORD), ("tech1", "wrong wrong wrong"), ("tech2", PASSWORD), ("tech1", "")]
    {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login");
        let fields = [("username", username), ("password", password)];
        let answer = browser.submit(&service, &page.body, "/login", &fields);
        assert_eq!(answer.status, 403, "{username}, {password:?}");
        assert!(!browser.cookies.contains_key("apiconn-session"), "{username}, {password:?}");
        let token = hidden(&answer.body, "/login")[0].1.clone();
        pages.push(
            answer.body.replace(&token, "TOKEN").replace(&format!("value=\"{username}\""), "value=\"NAME\""),
        );
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
}

#[test]
fn password_guessing_is_limited_except_in_a_known_browser() {
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
    let mut attacker = Browser::default();
    let statuses: Vec<u16> = (0..8).map(|_| guess(&mut attacker, "wrong wrong wrong").status).collect();
    assert_eq!(statuses[..5], [403; 5]);
    assert!(statuses[5..].contains(&429), "{statuses:?}");
    let answer = guess(&mut attacker, PASSWORD);
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    // The limit survives a restart.
    drop(service);
    let service = Service::start(&app.store());
    let page = attacker.get(&service, "/login");
    let fields = [("username", "tech1"), ("password", PASSWORD)];
    assert_eq!(attacker.submit(&service, &page.body, "/login", &fields).status, 429);
    owner.cookies.remove("apiconn-session");
    let page = owner.get(&service, "/login");
    assert_eq!(owner.submit(&service, &page.body, "/login", &fields).status, 303);
}

#[test]
fn parallel_guesses_cannot_outrun_the_failure_count() {
    let (app, _, service) = start();
    let pages: Vec<_> = (0..16)
        .map(|_| {
            let mut browser = Browser::default();
            let page = browser.get(&service, "/login");
            (browser, page.body)
        })
        .collect();
    // While another process has the write lock, no failure is counted; then all are.
    let writer = app.raw();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
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
        writer.execute_batch("ROLLBACK").unwrap();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let parallel_hashes = (std::thread::available_parallelism().unwrap().get() / 2).clamp(1, 4);
    let checked = statuses.iter().filter(|status| **status == 403).count();
    assert!(checked <= 5 + parallel_hashes, "{checked} of 16 were checked: {statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_forged_consent_form_gives_no_code() {
    let (app, consumer, service) = start();
    app.user("tech2");
    let mut victim = Browser::default();
    let page = victim.get(&service, &consumer.path(&[]));
    let consent = victim.sign_in(&service, &page, "tech1");
    let token = hidden(&consent.body, "/consent")[0].1.clone();
    let mut attacker = Browser::default();
    let page = attacker.get(&service, &consumer.path(&[]));
    attacker.sign_in(&service, &page, "tech2");
    let form = |token: &str| {
        vec![
            ("form".to_owned(), token.to_owned()),
            ("decision".to_owned(), "allow".to_owned()),
            ("scope".to_owned(), "assets.read".to_owned()),
        ]
    };
    let mut altered = token.clone();
    altered.replace_range(0..1, if token.starts_with('a') { "b" } else { "a" });
    for (case, browser, fields) in [
        ("session of another user", &mut attacker, form(&token)),
        ("altered token", &mut victim.clone(), form(&altered)),
        ("empty token", &mut victim.clone(), form("")),
        ("no cookie", &mut Browser::default(), form(&token)),
    ] {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = browser.post(&service, "/consent", &fields);
        assert_eq!(answer.status, 403, "{case}: {answer:?}");
        assert!(answer.header_values("location").is_empty(), "{case}: {answer:?}");
    }
    // A page of another site makes the victim's browser send the right form.
    let cookies: Vec<String> = victim.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let body = format!("form={token}&decision=allow&scope=assets.read");
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", &cookies.join("; ")),
            (name, value),
        ];
        let answer = service.request("POST", "/consent", &headers, &body);
        assert_eq!(answer.status, 403, "{name}: {answer:?}");
    }
    assert_eq!(victim.decide(&service, &consent, "allow", &["assets.read"]).status, 303);
}

#[test]
fn a_forged_login_form_creates_no_session() {
    let (app, _, service) = start();
    app.user("attacker");
    let mut attacker = Browser::default();
    let page = attacker.get(&service, "/login");
    let mut fields = hidden(&page.body, "/login");
    fields.push(("username".to_owned(), "attacker".to_owned()));
    fields.push(("password".to_owned(), PASSWORD.to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut visited = Browser::default();
    visited.get(&service, "/login");
    for (case, mut victim) in [("no cookies", Browser::default()), ("after a visit", visited)] {
        let answer = victim.post(&service, "/login", &fields);
        assert_eq!(answer.status, 403, "{case}: {answer:?}");
        assert!(!victim.cookies.contains_key("apiconn-session"), "{case}");
    }
}

#[test]
fn a_decision_counts_once_and_cannot_widen_the_request() {
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
        assert_eq!(again.status, 403, "{decision}: {again:?}");
        assert!(again.header_values("location").is_empty(), "{decision}: {again:?}");
    }
}

#[test]
fn markup_in_any_input_is_escaped() {
    let app = App::in_real_time();
    app.user("tech1");
    let name = "<b>x</b>&\"'";
    let consumer = app.code_client("field-app", REDIRECT, "--scope assets.read");
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
fn signing_in_redirects_only_to_own_pages() {
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
        assert_eq!(answer.status, 403, "{request}: {answer:?}");
        assert!(answer.header_values("location").is_empty(), "{request}: {answer:?}");
        // Common names for a return URL have no effect, neither in the form nor in the query.
        for name in ["next", "return_to", "redirect", "continue", "r"] {
            let mut browser = Browser::default();
            let query = crate::support::browser::form(&[(name, request)]);
            let page = browser.get(&service, &format!("/login?{query}"));
            assert!(!page.body.contains("evil.example") && !page.body.contains("alert(1)"), "{}", page.body);
            let fields = [("username", "tech1"), ("password", PASSWORD), (name, request)];
            let answer = browser.submit(&service, &page.body, "/login", &fields);
            assert_eq!(answer.header("location"), "/account/applications", "{name}={request}");
        }
    }
}

#[test]
fn pages_use_the_preferred_language() {
    let (_app, consumer, service) = start();
    let spanish =
        service.request("GET", &consumer.path(&[]), &[("Accept-Language", "es-CL,es;q=0.9,en;q=0.5")], "");
    assert_eq!(spanish.header("content-language"), "es");
    assert!(spanish.body.contains("lang=\"es\"") && spanish.body.contains("Contraseña"), "{}", spanish.body);
    let english = service.request("GET", &consumer.path(&[]), &[("Accept-Language", "de")], "");
    assert!(english.body.contains("lang=\"en\"") && english.body.contains("Password"));
}

#[test]
fn the_request_id_on_an_error_page_finds_the_refusal() {
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
fn an_unknown_path_gets_html_or_json_by_accept_header() {
    let (_app, _consumer, service) = start();
    for (accept, media_type, message) in [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", "There is no such page"),
        ("application/json", "application/json", "this path does not exist"),
        ("*/*", "application/json", "this path does not exist"),
    ] {
        let answer = service.request("GET", "/account", &[("Accept", accept)], "");
        assert_eq!((answer.status, answer.header("content-type").as_str()), (404, media_type), "{accept}");
        assert!(answer.body.contains(message), "{accept}: {}", answer.body);
        assert!(answer.header("cache-control").contains("no-store"), "{accept}: {answer:?}");
    }
}

#[test]
fn a_wrong_method_gets_the_allowed_methods_by_kind_of_route() {
    let (_app, _consumer, service) = start();
    for (method, path, media_type, allowed) in [
        ("GET", "/oauth/token", "application/json", "POST"),
        ("POST", "/.well-known/oauth-authorization-server", "application/json", "GET,HEAD"),
        ("PUT", "/login", "text/html; charset=utf-8", "GET,HEAD,POST"),
        ("GET", "/account/applications/revoke", "text/html; charset=utf-8", "POST"),
    ] {
        let answer = service.request(method, path, &[], "");
        assert_eq!((answer.status, answer.header("content-type").as_str()), (405, media_type), "{path}");
        assert_eq!(answer.header("allow"), allowed, "{path}");
    }
}
