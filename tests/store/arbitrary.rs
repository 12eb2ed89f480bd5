//! Property tests of the checks of an authorization request.

use std::time::Duration;

use apiconn::actions::oauth::authorize::{AuthorizationParameters, check, destination};
use apiconn::domain::code::CodeBinding;
use apiconn::domain::refusal::Check;
use apiconn::domain::refusal::Decision;
use apiconn::domain::time::Timestamp;
use apiconn::store::{Access, ReadTx, StoreLocation};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::App;
use crate::support::browser::CHALLENGE;

const REDIRECT: &str = "https://field.example/cb";
const NOW: Timestamp = Timestamp::from_millis(1_795_516_200_000);

/// Runs a property in one snapshot of a base with a confidential and a public consumer, whose ids it receives.
fn check_property<S: Strategy>(
    strategy: &S,
    property: impl Fn(&dyn ReadTx, [&str; 2], S::Value) -> Result<(), TestCaseError>,
) {
    let app = App::new();
    let web = app.code_client("web", REDIRECT, "--scope assets.read");
    let native = app.code_client("native", "http://127.0.0.1/cb", "--public --scope assets.read");
    let store = apiconn::store::open(&StoreLocation::File(app.store()), Access::Read, Duration::from_secs(5))
        .unwrap();
    let read = store.read().unwrap();
    let config = Config { failure_persistence: None, ..Config::with_cases(512) };
    TestRunner::new(config)
        .run(strategy, |value| property(read.as_ref(), [&web.client_id, &native.client_id], value))
        .unwrap();
}

/// Generates arbitrary texts, and registered URIs with a part inserted, removed or changed.
fn redirect_uris() -> impl Strategy<Value = String> {
    let near = (
        prop_oneof![Just(REDIRECT), Just("http://127.0.0.1/cb"), Just("http://127.0.0.1:80/cb")],
        0usize..30,
        0usize..3,
        "\\PC{0,3}|[./:@?#%\\\\]{0,2}|[0-9]{0,6}",
    )
        .prop_map(|(uri, at, removed, added)| {
            let at = at.min(uri.len());
            let end = (at + removed).min(uri.len());
            format!("{}{added}{}", &uri[..at], &uri[end..])
        });
    prop_oneof![1 => any::<String>(), 4 => near]
}

#[test]
fn response_goes_only_to_a_registered_uri() {
    let clients = (0usize..3, any::<String>());
    check_property(&(clients, redirect_uris()), |read, known, ((which, unknown), uri)| {
        let client = known.get(which).copied().unwrap_or(&unknown);
        let found = destination(read, Some(client), Some(&uri), NOW).unwrap();
        let Decision::Allowed(found) = found else { return Ok(()) };
        prop_assert_eq!(found.redirect_uri.as_str(), uri.as_str());
        let port = uri.strip_prefix("http://127.0.0.1").and_then(|rest| rest.strip_suffix("/cb"));
        let is_port = port.is_some_and(|port| {
            port.is_empty()
                || port.strip_prefix(':').is_some_and(|port| {
                    port.bytes().all(|byte| byte.is_ascii_digit())
                        && port.parse::<u16>().is_ok_and(|port| port > 0)
                })
        });
        match which {
            0 => prop_assert_eq!(uri.as_str(), REDIRECT),
            1 => prop_assert!(is_port, "{}", uri),
            _ => prop_assert!(false, "{} is a client", unknown),
        }
        Ok(())
    });
}

/// Generates no value, a valid one, a valid one with a trailing space, or an arbitrary text.
fn parameter(right: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    let right = proptest::sample::select(right).prop_map(str::to_owned);
    prop_oneof![
        1 => Just(None),
        4 => right.clone().prop_map(Some),
        1 => right.prop_map(|word| Some(format!("{word} "))),
        2 => any::<String>().prop_map(Some),
    ]
}

#[test]
fn accepted_request_has_pkce_and_scopes_of_the_client() {
    let request = (
        parameter(&["code", "token"]),
        parameter(&["assets.read", "work_orders.write", "assets.read work_orders.write"]),
        any::<Option<String>>(),
        parameter(&[CHALLENGE, "short"]),
        parameter(&["S256", "plain"]),
        parameter(&["none", "login", "consent", "login consent", "none login"]),
    );
    check_property(&request, |read, [web, _], (response_type, scope, state, challenge, method, prompt)| {
        let found = destination(read, Some(web), None, NOW).unwrap().into_result().unwrap();
        let parameters = AuthorizationParameters {
            response_type: response_type.as_deref(),
            response_mode: None,
            scope: scope.as_deref(),
            state: state.as_deref(),
            code_challenge: challenge.as_deref(),
            code_challenge_method: method.as_deref(),
            prompt: prompt.as_deref(),
            request_object: None,
        };
        match check(read, found, parameters).unwrap() {
            Decision::Allowed(checking) => {
                prop_assert_eq!(response_type.as_deref(), Some("code"));
                prop_assert_eq!(method.as_deref(), Some("S256"));
                let challenge = challenge.unwrap();
                prop_assert!(challenge.len() == 43 && challenge.is_ascii(), "{}", challenge);
                prop_assert_eq!(checking.request.binding, CodeBinding::Challenge(challenge.parse().unwrap()));
                prop_assert_eq!(checking.request.scopes.to_string(), "assets.read");
                prop_assert_eq!(checking.request.state, state);
                prop_assert_eq!(checking.request.redirect_uri.as_str(), REDIRECT);
            }
            Decision::Refused(refused) => {
                let is_good = response_type.as_deref() == Some("code")
                    && method.as_deref() == Some("S256")
                    && challenge.as_deref() == Some(CHALLENGE)
                    && matches!(scope.as_deref(), None | Some("assets.read"))
                    && matches!(
                        prompt.as_deref(),
                        None | Some("none" | "login" | "consent" | "login consent")
                    );
                prop_assert!(!is_good, "{:?}", refused);
                prop_assert!(!matches!(refused.check, Check::StoreUnavailable));
            }
        }
        Ok(())
    });
}
