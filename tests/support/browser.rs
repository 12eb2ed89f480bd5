//! A simulated browser: forms, cookies and redirects.

use std::collections::BTreeMap;

use super::process::{Answer, Service};

/// A browser session, which is its cookies.
#[derive(Clone, Default)]
pub struct Browser {
    pub cookies: BTreeMap<String, String>,
}

/// The challenge of [`VERIFIER`] (RFC 7636 appendix B).
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The password of users that `App::user` adds.
pub const PASSWORD: &str = "correct horse battery staple";

/// Encodes pairs as `application/x-www-form-urlencoded`.
pub fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Returns the query parameters of a URL.
pub fn query(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Returns the hidden fields of the form with this `action`.
#[track_caller]
pub fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let marker = format!("action=\"{action}\"");
    let at = page.find(&marker).unwrap_or_else(|| panic!("no form has the action {action}: {page}"));
    let form = &page[at..at + page[at..].find("</form>").unwrap()];
    let attribute = |input: &str, name: &str| {
        let marker = format!(" {name}=\"");
        let at = input.find(&marker)? + marker.len();
        Some(unescape(&input[at..at + input[at..].find('"')?]))
    };
    form.split("<input")
        .skip(1)
        .filter(|input| input.starts_with(" type=\"hidden\""))
        .map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap_or_default()))
        .collect()
}

fn unescape(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
}

impl Browser {
    fn send(&mut self, service: &Service, method: &str, path: &str, body: &str) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers =
            vec![("Sec-Fetch-Site", if method == "POST" { "same-origin" } else { "cross-site" })];
        if method == "POST" {
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        }
        if !cookies.is_empty() {
            headers.push(("Cookie", &cookies));
        }
        let answer = service.request(method, path, &headers, body);
        for line in answer.header_values("set-cookie") {
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Requests a page.
    pub fn get(&mut self, service: &Service, path: &str) -> Answer {
        self.send(service, "GET", path, "")
    }

    /// Posts a form.
    pub fn post(&mut self, service: &Service, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(service, "POST", path, &form(fields))
    }

    /// Posts the form of a page with its hidden fields and with `fields`.
    #[track_caller]
    pub fn submit(&mut self, service: &Service, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let hidden = hidden(page, action);
        let mut all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(fields);
        self.post(service, action, &all)
    }

    /// Follows a redirect within the service.
    #[track_caller]
    pub fn follow(&mut self, service: &Service, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{answer:?}");
        let location = answer.header("location");
        assert!(location.starts_with('/'), "{location}");
        self.get(service, &location)
    }

    /// Submits the sign-in page and follows the redirect.
    #[track_caller]
    pub fn sign_in(&mut self, service: &Service, page: &Answer, username: &str) -> Answer {
        let answer =
            self.submit(service, &page.body, "/login", &[("username", username), ("password", PASSWORD)]);
        self.follow(service, &answer)
    }

    /// Submits the consent page.
    #[track_caller]
    pub fn decide(&mut self, service: &Service, page: &Answer, decision: &str, scopes: &[&str]) -> Answer {
        let mut fields = vec![("decision", decision)];
        fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
        self.submit(service, &page.body, "/consent", &fields)
    }
}

/// A consumer with the authorization code grant.
#[derive(Clone)]
pub struct CodeClient {
    pub client_id: String,
    /// `None` for a public client.
    pub secret: Option<String>,
    pub redirect_uri: String,
}

impl CodeClient {
    /// Returns the path of an authorization request. `changes` replace or add parameters; an empty value removes one.
    pub fn path(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "xyz"),
        ];
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        format!("/oauth/authorize?{}", form(&pairs))
    }

    /// Posts a form to an endpoint with the client's authentication.
    pub fn call(&self, service: &Service, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        if let Some(secret) = &self.secret {
            let client = (self.client_id.clone(), secret.clone());
            return service.post(path, Some(&super::process::basic(&client)), &form(&fields));
        }
        fields.push(("client_id", &self.client_id));
        service.post(path, None, &form(&fields))
    }

    /// Exchanges an authorization code for tokens.
    pub fn exchange(&self, service: &Service, code: &str) -> Answer {
        self.call(
            service,
            "/oauth/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", &self.redirect_uri),
                ("code_verifier", VERIFIER),
            ],
        )
    }

    /// Sends the same token request 64 times in parallel. Exactly one succeeds; the others are reuse, which revokes the
    /// issued tokens.
    #[track_caller]
    pub fn race(&self, service: &Service, introspector: &(String, String), fields: &[(&str, &str)]) {
        let client = (self.client_id.clone(), self.secret.clone().unwrap());
        let answers = service.post_at_once(64, "/oauth/token", &client, &form(fields));
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
        assert_eq!(won.len(), 1, "{won:?} {lost:?}");
        for (status, body) in lost {
            assert_eq!((status, body.contains("\"invalid_grant\"")), (400, true), "{body}");
        }
        let won: serde_json::Value = serde_json::from_str(&won[0].1).unwrap();
        for token in ["access_token", "refresh_token"] {
            let answer = service.introspect(introspector, won[token].as_str().unwrap());
            assert_eq!(answer.body, r#"{"active":false}"#);
        }
    }

    /// Exchanges a refresh token for new tokens.
    pub fn refresh(&self, service: &Service, token: &str) -> Answer {
        self.call(service, "/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Signs in as `username`, allows every scope, and returns the code.
    #[track_caller]
    pub fn code(&self, service: &Service, browser: &mut Browser, username: &str) -> String {
        let mut page = browser.get(service, &self.path(&[]));
        if page.body.contains("action=\"/login\"") {
            page = browser.sign_in(service, &page, username);
        }
        if page.status == 200 {
            let scopes = requested_scopes(&page.body);
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            page = browser.decide(service, &page, "allow", &scopes);
        }
        assert_eq!(page.status, 303, "{page:?}");
        query(&page.header("location"))["code"].clone()
    }

    /// Signs in, allows every scope, exchanges the code, and returns the access token and the refresh token.
    #[track_caller]
    pub fn tokens(&self, service: &Service, browser: &mut Browser, username: &str) -> (String, String) {
        let code = self.code(service, browser, username);
        pair(&self.exchange(service, &code))
    }
}

/// Returns the access token and the refresh token of a response.
#[track_caller]
pub fn pair(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

/// Returns the scopes on a consent page.
pub fn requested_scopes(page: &str) -> Vec<String> {
    page.split("<input")
        .filter(|input| input.contains("name=\"scope\""))
        .map(|input| {
            let at = input.find("value=\"").unwrap() + 7;
            input[at..at + input[at..].find('"').unwrap()].to_owned()
        })
        .collect()
}
