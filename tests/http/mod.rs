//! Tests of the service: the real program, called over TCP.

mod account;
mod assets;
mod authorize;
mod bad_heads;
mod bad_input;
mod client_auth;
mod client_ids;
mod codes;
mod connectors;
mod consent;
mod cors;
mod edge;
mod faults;
mod growth;
mod hosts;
mod introspection;
mod latency;
mod metadata;
mod oauth2_crate;
mod operation;
mod pages;
mod parameters;
mod pkce;
mod races;
mod refresh;
mod refusals;
mod requests;
mod revocation;
mod scopes;
mod sign_in_log;
mod slow;
mod sockets;
mod switches;
mod throttles;
mod tokens;
mod whole_run;

use crate::support::App;
use crate::support::browser::CodeClient;
use crate::support::process::{Answer, Service};

/// The redirect URI of the consumer that [`start`] creates.
const REDIRECT: &str = "https://field.example/cb";

/// Creates a base with the user `tech1` and the confidential consumer `field-app`, and starts the service.
fn start() -> (App, CodeClient, Service) {
    let app = App::in_real_time();
    app.user("tech1");
    let consumer = app.code_client("field-app", REDIRECT, "--scope assets.read --scope work_orders.write");
    let service = Service::start(&app.store());
    (app, consumer, service)
}

/// Asserts the status and the error code of a JSON answer; `case` names the request in the message.
#[track_caller]
fn assert_error(case: &str, answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "{case}: {answer:?}");
}
