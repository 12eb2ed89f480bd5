//! The service, over real connections.

mod account;
mod assets;
mod authorize;
mod bad_heads;
mod bad_input;
mod checklist;
mod client_auth;
mod codes;
mod edge;
mod faults;
mod introspection;
mod latency;
mod metadata;
mod oauth2_crate;
mod operation;
mod pages;
mod races;
mod refresh;
mod refusals;
mod requests;
mod revocation;
mod slow;
mod switches;
mod throttles;
mod tokens;
mod whole_run;

use crate::support::App;
use crate::support::browser::Asking;
use crate::support::process::Service;

/// Where the consumer of [`start`] wants its users sent back to.
const REDIRECT: &str = "https://field.example/cb";

/// A base with the user `tech1`, the confidential consumer `field-app`, and a service.
fn start() -> (App, Asking, Service) {
    let app = App::in_real_time();
    app.user("tech1");
    let consumer = app.asking("field-app", REDIRECT, "--scope assets.read --scope work_orders.write");
    let service = Service::start(&app.store());
    (app, consumer, service)
}
