//! Rules for every answer, success or error, checked over one long run together with its log and its store.

use std::fs::{File, read, read_dir, read_to_string};

use crate::support::App;
use crate::support::browser::{Browser, PASSWORD, VERIFIER, form, hidden, pair, query};
use crate::support::process::{Answer, Service, basic};

/// Words that no answer may contain: names of internals, of the store and of the machine.
const INTERNALS: &[&str] = &[
    "panicked",
    "backtrace",
    ".rs:",
    "src/",
    "::",
    "sqlite",
    "select ",
    "insert ",
    "update ",
    "base.db",
    "/tmp",
    "no such ",
    "os error",
    "err(",
    "some(",
    "utf-8 in",
    "axum",
    "hyper",
    "tokio",
    "rust",
];

/// The paths of the pages. Errors at any other path are JSON.
const PAGES: &[&str] = &[
    "/oauth/authorize",
    "/consent",
    "/login",
    "/logout",
    "/account/applications",
    "/account/applications/revoke",
    "/account/applications/revoke-all",
    "/developers",
];

/// Returns whether a path, with or without a query, is that of a page.
pub fn is_page(path: &str) -> bool {
    PAGES.contains(&path.split('?').next().unwrap())
}

/// Removes ids, credentials and CSRF tokens from a text in lower case: random characters may spell any word.
fn without_random(text: &str) -> String {
    let is_random = |word: &str| {
        word.len() >= 40
            || ["req_", "apc", "usr_", "grt_", "tok_"].iter().any(|prefix| word.starts_with(prefix))
    };
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let parts = text.split_inclusive(|letter| !in_word(letter));
    parts.filter(|part| !is_random(part.trim_end_matches(|letter| !in_word(letter)))).collect()
}

#[test]
fn random_words_are_removed_before_the_search() {
    let token = "rust".repeat(11);
    let text = format!("id req_tywdaxum37ll, value=\"{token}\" sqlitefailure(1) src/axum.rs");
    assert_eq!(without_random(&text), "id  value=\" sqlitefailure(1) src/axum.rs");
}

/// Asserts the rules for every answer; `case` names the request.
#[track_caller]
pub fn assert_clean(case: &str, path: &str, answer: &Answer) {
    let shown = without_random(&answer.body.to_lowercase().replace("charset=utf-8", ""));
    let head: Vec<String> = answer.headers.lines().skip(1).map(without_random).collect();
    for internal in INTERNALS {
        assert!(!shown.contains(internal), "{case} contains {internal:?}: {answer:?}");
        assert!(!head.iter().any(|line| line.contains(internal)), "{case} contains {internal:?}: {answer:?}");
    }
    assert!(answer.status < 500, "{case}: {answer:?}");
    for banner in ["server", "x-powered-by", "via", "x-runtime"] {
        assert!(answer.header_values(banner).is_empty(), "{case}: {answer:?}");
    }
    assert!(answer.header("request-id").starts_with("req_"), "{case}: {answer:?}");
    let length = answer.header_values("content-length");
    assert!(length.len() <= 1, "{case}: {answer:?}");
    if let Some(length) = length.first().filter(|_| !answer.body.is_empty()) {
        assert_eq!(*length, answer.body.len().to_string(), "{case}: {answer:?}");
    }
    if answer.status < 400 {
        return;
    }
    assert_eq!(answer.header("cache-control"), "no-store", "{case}");
    // A request for another host gets JSON at every path: it is refused before routing, and an HTML page would name the
    // base to another site.
    if !is_page(path) || answer.status == 421 {
        assert_eq!(answer.header("content-type"), "application/json", "{case}: {answer:?}");
        if !answer.body.is_empty() {
            let body = answer.json();
            assert_eq!(body.as_object().unwrap().len(), 2, "{case}: {answer:?}");
            for field in ["error", "error_description"] {
                let text = body[field].as_str().unwrap();
                assert!(
                    text.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
                    "{case}: {text}"
                );
            }
        }
    } else {
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{case}: {answer:?}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{case}");
        assert!(answer.body.is_empty() || answer.body.starts_with("<!doctype html>"), "{case}: {answer:?}");
    }
}

/// A running service with a record of its answers and of every secret that was sent or received.
struct Recorder {
    service: Service,
    answers: Vec<(String, Answer)>,
    secrets: Vec<String>,
}

impl Recorder {
    /// Records an answer and its secrets; returns its index.
    fn record(&mut self, path: &str, answer: Answer) -> usize {
        for token in ["access_token", "refresh_token"] {
            let json: Option<serde_json::Value> = serde_json::from_str(&answer.body).ok();
            self.secrets.extend(json.and_then(|json| json[token].as_str().map(str::to_owned)));
        }
        self.secrets.extend(answer.header_values("set-cookie").iter().filter_map(|line| {
            let value = line.split(';').next()?.split_once('=')?.1;
            (!value.is_empty()).then(|| value.to_owned())
        }));
        if let Some(location) = answer.header_values("location").first() {
            self.secrets.extend(query(location).remove("code"));
        }
        self.answers.push((path.to_owned(), answer));
        self.answers.len() - 1
    }

    fn get(&mut self, browser: &mut Browser, path: &str) -> usize {
        let answer = browser.get(&self.service, path);
        self.record(path, answer)
    }

    fn submit(&mut self, browser: &mut Browser, page: usize, action: &str, fields: &[(&str, &str)]) -> usize {
        let body = self.answers[page].1.body.clone();
        self.secrets.extend(
            hidden(&body, action).into_iter().filter(|(name, _)| name != "request").map(|field| field.1),
        );
        let answer = browser.submit(&self.service, &body, action, fields);
        self.record(action, answer)
    }

    fn post(&mut self, path: &str, authorization: Option<&str>, fields: &[(&str, &str)]) -> usize {
        let answer = self.service.post(path, authorization, &form(fields));
        self.record(path, answer)
    }

    fn location(&self, at: usize) -> String {
        self.answers[at].1.header("location")
    }
}

#[test]
fn answers_log_and_store_reveal_no_secrets_or_internals() {
    let app = App::in_real_time();
    app.user("tech1");
    let log = app.folder().join("log");
    let key = app.key("k", "--scope assets.read --scope apiconn:introspect");
    let web = app.code_client("field-app", "https://field.example/cb", "--scope assets.read");
    let public = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    let service = Service::start_logging(&app.store(), &["--log", "json"], File::create(&log).unwrap());
    let typed = ["a-wrong-password-Zq7vT", "a-verifier-of-another-code-0123456789-abcdefgh"];
    let web_secret = web.secret.clone().unwrap();
    let mut secrets = vec![key.1.clone(), web_secret.clone(), PASSWORD.to_owned(), VERIFIER.to_owned()];
    secrets.extend(typed.map(str::to_owned));
    let mut run = Recorder { service, answers: Vec::new(), secrets };
    let (as_key, as_web) = (basic(&key), basic(&(web.client_id.clone(), web_secret.clone())));
    let mut browser = Browser::default();

    // Successful requests.
    run.get(&mut browser, "/.well-known/oauth-authorization-server");
    let page = run.get(&mut browser, &web.path(&[]));
    let style = asset(&run.answers[page].1.body);
    run.get(&mut browser, &style);
    run.submit(&mut browser, page, "/login", &[("username", "tech1"), ("password", typed[0])]);
    let signed_in =
        run.submit(&mut browser, page, "/login", &[("username", "tech1"), ("password", PASSWORD)]);
    let next = run.location(signed_in);
    let page = run.get(&mut browser, &next);
    let allowed =
        run.submit(&mut browser, page, "/consent", &[("decision", "allow"), ("scope", "assets.read")]);
    run.submit(&mut browser, page, "/consent", &[("decision", "allow"), ("scope", "assets.read")]);
    let code = query(&run.location(allowed))["code"].clone();
    let exchange = |verifier| {
        vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", web.redirect_uri.as_str()),
            ("code_verifier", verifier),
        ]
    };
    run.post("/oauth/token", Some(&as_web), &exchange(typed[1]));
    let issued = run.post("/oauth/token", Some(&as_web), &exchange(VERIFIER));
    let (access, refresh) = pair(&run.answers[issued].1);
    let refreshing = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    run.post("/oauth/token", Some(&as_web), &refreshing);
    let machine = run.post("/oauth/token", Some(&as_key), &[("grant_type", "client_credentials")]);
    assert_eq!(run.answers[machine].1.status, 200);
    for token in [&access, &refresh, &key.1, &code] {
        run.post("/oauth/introspect", Some(&as_key), &[("token", token)]);
    }
    let page = run.get(&mut browser, "/account/applications");
    assert_eq!(run.answers[page].1.status, 200);

    // Secrets in fields and paths that are not meant for them, then replays.
    for secret in [&key.1, &access, &refresh, &code, &web_secret] {
        for field in
            ["client_id", "grant_type", "scope", "redirect_uri", "code", "refresh_token", "x", "username"]
        {
            let fields = [("grant_type", "client_credentials"), ("client_secret", &key.1), (field, secret)];
            run.post("/oauth/token", None, &fields[usize::from(field == "grant_type")..]);
            let path = web.path(&[(field, secret), ("client_secret", &key.1)]);
            run.get(&mut browser, &path);
        }
        for path in [
            "/login",
            "/logout",
            "/oauth/authorize",
            "/consent",
            "/account/applications/revoke",
            "/oauth/revoke",
        ] {
            run.post(path, Some(&format!("Bearer {secret}")), &[("token", &secret[1..]), ("form", secret)]);
        }
        for path in ["/nowhere", "/assets", "/oauth/token", "/account/applications", "/login"] {
            let path = format!("{path}/{secret}?access_token={secret}");
            run.get(&mut browser, &path);
        }
    }
    run.post("/oauth/token", Some(&as_web), &refreshing);
    run.post("/oauth/token", Some(&as_web), &exchange(VERIFIER));
    run.post("/oauth/revoke", Some(&as_web), &[("token", &access)]);
    let page = run.get(&mut browser, &public.path(&[]));
    run.submit(&mut browser, page, "/consent", &[("decision", "deny")]);
    let page = run.get(&mut browser, "/account/applications");
    run.submit(&mut browser, page, "/logout", &[]);
    for method in ["PUT", "DELETE", "OPTIONS", "HEAD", "BREW"] {
        for path in ["/oauth/token", "/oauth/authorize", "/login", "/nowhere", "/assets/x"] {
            let answer = run.service.request(method, path, &[], "");
            run.record(path, answer);
        }
    }
    assert!(run.answers.len() > 150, "{}", run.answers.len());
    let alive = run.post("/oauth/token", Some(&as_key), &[("grant_type", "client_credentials")]);
    assert_eq!(run.answers[alive].1.status, 200);

    let Recorder { service, answers, secrets } = run;
    assert!(service.stop());
    for (path, answer) in &answers {
        assert_clean(path, path, answer);
        // Only `Location` may contain a code and only `Set-Cookie` a cookie's value.
        let head: Vec<&str> =
            answer.headers.lines().skip(1).filter(|line| !line.starts_with("set-cookie:")).collect();
        let location = head.iter().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
        for secret in &secrets {
            let lower = secret.to_lowercase();
            let is_code = location.contains("?code=") && secret == &query(&answer.header("location"))["code"];
            assert!(
                is_code || !head.iter().any(|line| line.contains(&lower)),
                "a header at {path} contains a secret: {answer:?}"
            );
            // Only new tokens and CSRF tokens may be in a body.
            let is_form = answer.body.contains("type=\"hidden\"");
            let is_new = answer.status == 200 && path == "/oauth/token";
            assert!(
                is_form || is_new || !answer.body.contains(secret),
                "the body at {path} contains a secret: {answer:?}"
            );
        }
        if answer.body.contains("type=\"hidden\"") {
            for secret in
                [&key.1, &web_secret, &access, &refresh, &code].map(String::as_str).iter().chain(&typed)
            {
                assert!(
                    !answer.body.contains(secret),
                    "the form at {path} contains {secret}: {}",
                    answer.body
                );
            }
        }
    }
    let lines = read_to_string(&log).unwrap();
    // Sign-ins and the end of the service have lines of their own.
    assert_eq!(lines.lines().filter(|line| line.contains("\"route\":")).count(), answers.len());
    assert!(lines.lines().last().unwrap().contains("\"event\":\"stopped\""), "{lines}");
    let store: Vec<u8> = read_dir(app.folder())
        .unwrap()
        .flat_map(|entry| read(entry.unwrap().path()).unwrap_or_default())
        .collect();
    for secret in &secrets {
        assert!(!lines.contains(secret.as_str()), "the log contains {secret}");
        let found = store.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "the store contains {secret}");
    }
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for (name, value) in line.as_object().unwrap() {
            let is_known = [
                "time",
                "request_id",
                "route",
                "method",
                "status",
                "duration_ms",
                "client_id",
                "user_id",
                "error",
            ]
            .contains(&name.as_str());
            assert!(is_known || ["event", "outcome"].contains(&name.as_str()), "{name}: {value}");
        }
    }
}

/// Returns the path of the first asset that a page links to.
fn asset(page: &str) -> String {
    let at = page.find("/assets/").unwrap();
    page[at..].split('"').next().unwrap().to_owned()
}
