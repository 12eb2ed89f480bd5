//! What is switched off and on again: a switch ends nothing for good but the sessions of a user.

use crate::support::App;
use crate::support::browser::{Asking, Browser, pair};
use crate::support::process::Service;

const PAGE: &str = "/account/applications";
const INACTIVE: &str = r#"{"active":false}"#;

struct Setting {
    app: App,
    consumer: Asking,
    service: Service,
    watcher: (String, String),
    browser: Browser,
    access: String,
    refresh: String,
}

fn start() -> Setting {
    let app = App::in_real_time();
    app.user("tech1");
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let consumer =
        app.asking("field-app", "https://field.example/cb", "--grant client_credentials --scope assets.read");
    let service = Service::start(&app.store());
    let mut browser = Browser::default();
    let (access, refresh) = consumer.tokens(&service, &mut browser, "tech1");
    Setting { app, consumer, service, watcher, browser, access, refresh }
}

impl Setting {
    fn is_active(&self, token: &str) -> bool {
        let answer = self.service.introspect(&self.watcher, token);
        assert!(answer.body == INACTIVE || answer.json()["active"] == true, "{answer:?}");
        answer.body != INACTIVE
    }

    fn own_token(&self) -> u16 {
        self.consumer.call(&self.service, "/oauth/token", &[("grant_type", "client_credentials")]).status
    }
}

#[test]
fn a_user_who_is_enabled_again_has_their_authorizations_back_and_signs_in_anew() {
    let mut set = start();
    assert_eq!(set.browser.get(&set.service, PAGE).status, 200);
    set.app.run("user disable tech1 --yes").ok();
    assert!(!set.is_active(&set.access) && !set.is_active(&set.refresh));
    for _ in 0..2 {
        let answer = set.consumer.refresh(&set.service, &set.refresh);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_grant")));
    }
    assert_eq!(set.browser.get(&set.service, PAGE).status, 303);
    // What the consumer does as itself is not the user's.
    assert_eq!(set.own_token(), 200);
    set.app.run("user enable tech1").ok();
    assert!(set.is_active(&set.access) && set.is_active(&set.refresh));
    // The tries meanwhile have not used it up.
    let (access, _) = pair(&set.consumer.refresh(&set.service, &set.refresh));
    assert!(set.is_active(&access));
    let asked = set.browser.get(&set.service, PAGE);
    let page = set.browser.follow(&set.service, &asked);
    assert_eq!(set.browser.sign_in(&set.service, &page, "tech1").status, 200);
}

#[test]
fn a_consumer_that_is_enabled_again_goes_on_where_it_was() {
    let mut set = start();
    let secret = set.consumer.secret.clone().unwrap();
    set.app.run("consumer disable field-app --yes").ok();
    assert!(!set.is_active(&set.access) && !set.is_active(&set.refresh) && !set.is_active(&secret));
    assert_eq!(set.consumer.refresh(&set.service, &set.refresh).status, 401);
    assert_eq!(set.own_token(), 401);
    // Nothing of the user has ended.
    assert_eq!(set.browser.get(&set.service, PAGE).status, 200);
    set.app.run("consumer enable field-app").ok();
    assert!(set.is_active(&set.access) && set.is_active(&set.refresh) && set.is_active(&secret));
    assert_eq!(set.own_token(), 200);
    pair(&set.consumer.refresh(&set.service, &set.refresh));
}

#[test]
fn whoever_is_offboarded_and_enabled_again_has_no_authorization_left() {
    let mut set = start();
    set.app.run("user offboard tech1 --yes").ok();
    set.app.run("user enable tech1").ok();
    assert!(!set.is_active(&set.access) && !set.is_active(&set.refresh));
    let answer = set.consumer.refresh(&set.service, &set.refresh);
    assert_eq!(answer.json()["error"], "invalid_grant");
    // Until they allow it anew, which begins another.
    let (access, refresh) = set.consumer.tokens(&set.service, &mut set.browser, "tech1");
    assert!(set.is_active(&access) && set.is_active(&refresh) && !set.is_active(&set.access));
}
