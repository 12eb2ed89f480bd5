//! Commands that end a credential while clients use it: once the command has exited, no request is accepted.

use crate::support::App;
use crate::support::process::{Service, apiconn};
use crate::support::race::{CLIENTS, Credential, Race, RaceSetup, run};

/// Rounds of each race. The benchmark `races` runs a thousand.
const ROUNDS: usize = 24;

#[track_caller]
fn assert_refused_after(credential: Credential, commands: &[&'static str]) {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let store = app.store();
    let service = Service::start(&store);
    let program = || apiconn(&store);
    let setup =
        RaceSetup { program: &program, store: &store, address: service.address, introspector: &gateway };
    for command in commands {
        let outcome = run(setup, Race { credential, ending: command }, ROUNDS / commands.len()).unwrap();
        assert_eq!(outcome.trouble.first(), None, "{command}");
        // The round shows nothing unless the clients were busy while the command ran.
        assert!(outcome.least_before >= CLIENTS, "{command}: {outcome:?}");
        assert!(outcome.refused >= outcome.rounds * CLIENTS, "{command}: {outcome:?}");
        assert_eq!((outcome.after, outcome.again), (0, 0), "{command}: {outcome:?}");
    }
    app.run("audit verify").ok();
}

#[test]
fn access_tokens_are_refused_after_the_command_exits() {
    assert_refused_after(
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
fn refresh_tokens_are_refused_after_the_command_exits() {
    assert_refused_after(
        Credential::RefreshToken,
        &["grant revoke GRANT --yes", "user disable USER --yes", "consumer disable CONSUMER --yes"],
    );
}

#[test]
fn secrets_are_refused_after_the_command_exits() {
    assert_refused_after(
        Credential::Secret,
        &["key revoke KEY --yes", "key disable KEY --yes", "key rotate KEY --now --yes"],
    );
}

#[test]
fn sessions_are_refused_after_the_command_exits() {
    assert_refused_after(Credential::Session, &["user disable USER --yes", "user offboard USER --yes"]);
}

#[test]
fn consent_is_asked_for_again_after_the_command_exits() {
    assert_refused_after(Credential::Consent, &["grant revoke GRANT --yes"]);
}
