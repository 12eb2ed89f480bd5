//! Ending something beside those who use it: from the exit of the command on, nothing is accepted.

use crate::support::App;
use crate::support::process::{Service, apiconn};
use crate::support::race::{CLIENTS, Credential, Race, Served, run};

/// Of each race. The benchmark `races` runs a thousand.
const ROUNDS: usize = 24;

#[track_caller]
fn nothing_is_accepted_after(credential: Credential, endings: &[&'static str]) {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let store = app.store();
    let service = Service::start(&store);
    let program = || apiconn(&store);
    let served = Served { program: &program, store: &store, address: service.address, watcher: &watcher };
    for ending in endings {
        let outcome = run(served, Race { credential, ending }, ROUNDS / endings.len()).unwrap();
        assert_eq!(outcome.trouble.first(), None, "{ending}");
        // Everybody was in the middle of it.
        assert!(outcome.least_before >= CLIENTS, "{ending}: {outcome:?}");
        assert!(outcome.refused >= outcome.rounds * CLIENTS, "{ending}: {outcome:?}");
        assert_eq!((outcome.after, outcome.again), (0, 0), "{ending}: {outcome:?}");
    }
    app.run("audit verify").ok();
}

#[test]
fn no_access_token_is_accepted_after_the_command_that_ends_it_has_exited() {
    nothing_is_accepted_after(
        Credential::AccessToken,
        &[
            "grant revoke GRANT --yes",
            "token revoke TOKEN --yes",
            "user disable USER --yes",
            "user offboard USER --yes",
            "consumer disable CONSUMER --yes",
            "consumer revoke CONSUMER --yes",
        ],
    );
}

#[test]
fn no_refresh_token_is_accepted_after_the_command_that_ends_it_has_exited() {
    nothing_is_accepted_after(
        Credential::RefreshToken,
        &["grant revoke GRANT --yes", "user disable USER --yes", "consumer disable CONSUMER --yes"],
    );
}

#[test]
fn no_secret_is_accepted_after_the_command_that_ends_it_has_exited() {
    nothing_is_accepted_after(
        Credential::Secret,
        &["key revoke KEY --yes", "key disable KEY --yes", "key rotate KEY --now --yes"],
    );
}

#[test]
fn no_session_is_accepted_after_the_command_that_ends_it_has_exited() {
    nothing_is_accepted_after(Credential::Session, &["user disable USER --yes", "user offboard USER --yes"]);
}

#[test]
fn what_a_user_allowed_is_asked_for_anew_after_the_command_that_ends_it_has_exited() {
    nothing_is_accepted_after(Credential::Consent, &["grant revoke GRANT --yes"]);
}
