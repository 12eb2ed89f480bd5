//! Replays of the requests that connectors send. `docs/connectors.md` has their sources: the connectors themselves are not
//! run here.

use crate::support::App;
use crate::support::browser::{Browser, CHALLENGE, CodeClient, VERIFIER, form, query, requested_scopes};
use crate::support::process::{Answer, Service, basic};

/// A connector with the consumer that was added for it.
struct Connector {
    app: App,
    service: Service,
    browser: Browser,
    consumer: CodeClient,
}

/// The authentication of a connector at the token endpoint.
#[derive(Clone, Copy)]
enum Authentication {
    /// `client_id` and `client_secret` in the body.
    Body,
    /// HTTP Basic.
    Header,
    /// HTTP Basic, with `client_id` also in the body.
    HeaderAndId,
}

impl Connector {
    /// Adds a consumer with these options, and starts the service.
    fn new(redirect_uri: &str, options: &str) -> Self {
        let app = App::in_real_time();
        app.user("tech1");
        let consumer = app.code_client("connector", redirect_uri, &format!("--scope assets.read {options}"));
        let service = Service::start(&app.store());
        Self { app, service, browser: Browser::default(), consumer }
    }

    /// Sends an authorization request with these parameters after the usual ones, as the user `tech1` who allows everything.
    fn authorize(&mut self, parameters: &[(&str, &str)]) -> Answer {
        let mut pairs = vec![
            ("client_id", self.consumer.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", self.consumer.redirect_uri.as_str()),
            ("state", "c2Vzc2lvbg=="),
        ];
        pairs.extend(parameters);
        let mut page = self.browser.get(&self.service, &format!("/oauth/authorize?{}", form(&pairs)));
        if page.body.contains("action=\"/login\"") {
            page = self.browser.sign_in(&self.service, &page, "tech1");
        }
        if page.status == 200 {
            let scopes = requested_scopes(&page.body);
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            page = self.browser.decide(&self.service, &page, "allow", &scopes);
        }
        page
    }

    /// Returns the code of an authorization request.
    #[track_caller]
    fn code(&mut self, parameters: &[(&str, &str)]) -> String {
        let answer = self.authorize(parameters);
        let answered = query(&answer.header("location"));
        assert_eq!(answered["state"], "c2Vzc2lvbg==", "{answered:?}");
        answered["code"].clone()
    }

    fn token(&self, authentication: Authentication, fields: &[(&str, &str)]) -> Answer {
        let secret = self.consumer.secret.as_deref().unwrap();
        let client = (self.consumer.client_id.clone(), secret.to_owned());
        let mut fields = fields.to_vec();
        let header = match authentication {
            Authentication::Body => {
                fields.extend([("client_id", client.0.as_str()), ("client_secret", secret)]);
                None
            }
            Authentication::Header => Some(basic(&client)),
            Authentication::HeaderAndId => {
                fields.push(("client_id", client.0.as_str()));
                Some(basic(&client))
            }
        };
        self.service.post("/oauth/token", header.as_deref(), &form(&fields))
    }

    /// Exchanges a code without PKCE, and returns the refresh token.
    #[track_caller]
    fn exchange(&self, authentication: Authentication, code: &str) -> String {
        let redirect_uri = ("redirect_uri", self.consumer.redirect_uri.as_str());
        let fields = [("grant_type", "authorization_code"), ("code", code), redirect_uri];
        tokens(&self.token(authentication, &fields))
    }

    fn refresh(&self, authentication: Authentication, token: &str) -> Answer {
        self.token(authentication, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }
}

/// Asserts that the answer has the members that the connectors read, and returns the refresh token.
#[track_caller]
fn tokens(answer: &Answer) -> String {
    let body = answer.json();
    assert_eq!((answer.status, body["token_type"].as_str()), (200, Some("Bearer")), "{answer:?}");
    assert!(body["access_token"].is_string() && body["expires_in"].is_i64(), "{body}");
    body["refresh_token"].as_str().unwrap().to_owned()
}

/// Asserts that the connector is sent an error, and returns its code.
#[track_caller]
fn refused(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    query(&answer.header("location"))["error"].clone()
}

#[test]
fn power_automate_signs_in_and_refreshes_without_pkce() {
    let mut connector = Connector::new("https://global.consent.azure-apim.net/redirect/acme", "");
    let parameters = [("scope", "assets.read offline_access")];
    assert_eq!(refused(&connector.authorize(&parameters)), "invalid_request");
    let refusal = connector.app.refusal("challenge_missing");
    assert_eq!(refusal["suggested_command"], "apiconn consumer edit connector --pkce optional");
    connector.app.run("consumer edit connector --pkce optional").ok();
    let code = connector.code(&parameters);
    let first = connector.exchange(Authentication::Body, &code);
    // Its refresh has the secret in the header or in the body.
    let second = tokens(&connector.refresh(Authentication::Header, &first));
    let third = tokens(&connector.refresh(Authentication::Body, &second));
    assert!(first != second && second != third);
}

#[test]
fn alexa_links_an_account_with_and_without_pkce() {
    let redirect_uri = "https://layla.amazon.com/api/skill/link/M2AAAAAAAAAAAA";
    let mut with = Connector::new(redirect_uri, "");
    let parameters =
        [("scope", "assets.read"), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = with.code(&parameters);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    let first = tokens(&with.token(Authentication::HeaderAndId, &fields));
    tokens(&with.refresh(Authentication::HeaderAndId, &first));
    let mut without = Connector::new(redirect_uri, "--pkce optional");
    let code = without.code(&parameters[..1]);
    let first = without.exchange(Authentication::HeaderAndId, &code);
    tokens(&without.refresh(Authentication::HeaderAndId, &first));
}

#[test]
fn google_keeps_the_first_refresh_token_of_a_linked_account() {
    let options = "--pkce optional --refresh-rotation off --family-ttl never --refresh-ttl 365d";
    let mut google = Connector::new("https://oauth-redirect.googleusercontent.com/r/acme", options);
    let code = google.code(&[("scope", "assets.read"), ("user_locale", "en-US")]);
    let token = google.exchange(Authentication::Body, &code);
    for _ in 0..3 {
        assert_eq!(tokens(&google.refresh(Authentication::Body, &token)), token);
    }
    // With rotation, the third use would end the authorization.
    google.app.run("consumer edit connector --refresh-rotation on --refresh-grace 0s").ok();
    assert_ne!(tokens(&google.refresh(Authentication::Body, &token)), token);
    let answer = google.refresh(Authentication::Body, &token);
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_grant")));
}

#[test]
fn an_mcp_client_reuses_its_first_refresh_token() {
    let mut client = Connector::new("https://agent.example/oauth/callback", "--refresh-rotation off");
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = client.code(&[("scope", "assets.read"), challenge[0], challenge[1]]);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://agent.example/oauth/callback"),
        ("code_verifier", VERIFIER),
    ];
    let token = tokens(&client.token(Authentication::Body, &fields));
    for _ in 0..5 {
        assert_eq!(tokens(&client.refresh(Authentication::Body, &token)), token);
    }
}

#[test]
fn a_broker_signs_in_without_pkce() {
    let mut dex = Connector::new("https://dex.example/callback", "--pkce optional");
    let code = dex.code(&[("scope", "assets.read")]);
    dex.exchange(Authentication::Header, &code);
}

#[test]
fn shopify_customer_accounts_cannot_sign_in() {
    let mut shopify = Connector::new("https://account.shop.example/callback", "--pkce optional");
    let answer = shopify.authorize(&[("scope", "openid email"), ("nonce", "bm9uY2U")]);
    assert_eq!(refused(&answer), "invalid_scope");
    shopify.app.refusal("scope_openid_only");
}
