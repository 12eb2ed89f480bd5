//! Disabling and enabling again: tokens, grants and secrets survive it; the sessions of a user do not.

use crate::support::App;
use crate::support::browser::{Browser, CodeClient, pair};
use crate::support::process::Service;

use super::assert_error;

const PAGE: &str = "/account/applications";
const INACTIVE: &str = r#"{"active":false}"#;

/// A user with a session and tokens of the consumer `field-app`.
struct Scenario {
    app: App,
    consumer: CodeClient,
    service: Service,
    gateway: (String, String),
    browser: Browser,
    access: String,
    refresh: String,
}

fn start() -> Scenario {
    let app = App::in_real_time();
    app.user("tech1");
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let consumer = app.code_client(
        "field-app",
        "https://field.example/cb",
        "--grant client_credentials --scope assets.read",
    );
    let service = Service::start(&app.store());
    let mut browser = Browser::default();
    let (access, refresh) = consumer.tokens(&service, &mut browser, "tech1");
    Scenario { app, consumer, service, gateway, browser, access, refresh }
}

impl Scenario {
    /// Returns whether an access token is active for a resource server, or a refresh token for its client, which must then
    /// authenticate.
    fn is_active(&self, token: &str) -> bool {
        let answer = if token.starts_with("apca_") {
            self.service.introspect(&self.gateway, token)
        } else {
            self.consumer.call(&self.service, "/oauth/introspect", &[("token", token)])
        };
        if answer.status == 401 {
            return false;
        }
        assert!(answer.body == INACTIVE || answer.json()["active"] == true, "{answer:?}");
        answer.body != INACTIVE
    }

    /// Returns the status of a client credentials request by the consumer.
    fn client_credentials_status(&self) -> u16 {
        self.consumer.call(&self.service, "/oauth/token", &[("grant_type", "client_credentials")]).status
    }
}

#[test]
fn an_enabled_user_keeps_grants_but_must_sign_in_again() {
    let mut scenario = start();
    assert_eq!(scenario.browser.get(&scenario.service, PAGE).status, 200);
    scenario.app.run("user disable tech1 --yes").ok();
    assert!(!scenario.is_active(&scenario.access) && !scenario.is_active(&scenario.refresh));
    for attempt in ["first attempt", "second attempt"] {
        let answer = scenario.consumer.refresh(&scenario.service, &scenario.refresh);
        assert_error(attempt, &answer, 400, "invalid_grant");
    }
    assert_eq!(scenario.browser.get(&scenario.service, PAGE).status, 303);
    // The client credentials grant does not depend on the user.
    assert_eq!(scenario.client_credentials_status(), 200);
    scenario.app.run("user enable tech1").ok();
    assert!(scenario.is_active(&scenario.access) && scenario.is_active(&scenario.refresh));
    // The refused attempts did not consume the refresh token.
    let (access, _) = pair(&scenario.consumer.refresh(&scenario.service, &scenario.refresh));
    assert!(scenario.is_active(&access));
    let asked = scenario.browser.get(&scenario.service, PAGE);
    let page = scenario.browser.follow(&scenario.service, &asked);
    assert_eq!(scenario.browser.sign_in(&scenario.service, &page, "tech1").status, 200);
}

#[test]
fn an_enabled_consumer_keeps_its_tokens_and_secret() {
    let mut scenario = start();
    scenario.app.run("consumer disable field-app --yes").ok();
    assert!(!scenario.is_active(&scenario.access) && !scenario.is_active(&scenario.refresh));
    assert_eq!(scenario.consumer.refresh(&scenario.service, &scenario.refresh).status, 401);
    assert_eq!(scenario.client_credentials_status(), 401);
    // The session of the user is not affected.
    assert_eq!(scenario.browser.get(&scenario.service, PAGE).status, 200);
    scenario.app.run("consumer enable field-app").ok();
    assert!(scenario.is_active(&scenario.access) && scenario.is_active(&scenario.refresh));
    // The secret of a consumer is no bearer token; it authenticates again.
    assert_eq!(scenario.client_credentials_status(), 200);
    pair(&scenario.consumer.refresh(&scenario.service, &scenario.refresh));
}

#[test]
fn an_offboarded_user_has_no_grants_after_enabling() {
    let mut scenario = start();
    scenario.app.run("user offboard tech1 --yes").ok();
    scenario.app.run("user enable tech1").ok();
    assert!(!scenario.is_active(&scenario.access) && !scenario.is_active(&scenario.refresh));
    let answer = scenario.consumer.refresh(&scenario.service, &scenario.refresh);
    assert_eq!(answer.json()["error"], "invalid_grant");
    // A new consent creates a new grant.
    let (access, refresh) = scenario.consumer.tokens(&scenario.service, &mut scenario.browser, "tech1");
    assert!(
        scenario.is_active(&access) && scenario.is_active(&refresh) && !scenario.is_active(&scenario.access)
    );
}
