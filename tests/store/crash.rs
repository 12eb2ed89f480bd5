//! Commands killed at any time: acknowledged changes are stored, and others are stored completely or not at all.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};

use crate::support::App;
use crate::support::process::{Service, apiconn, ok, run_with_input};
use crate::support::race::killed;

use super::{assert_whole, number, raw};

const ROUNDS: usize = 300;
const SEED: u64 = 20_261_124;

/// Kills the child after `after` unless it ends before. Returns its output if it ended successfully.
fn run_or_kill(mut child: Child, after: Duration) -> Option<String> {
    let end = Instant::now() + after;
    while Instant::now() < end {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::yield_now();
    }
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn killed_commands_lose_no_acknowledged_change() {
    let app = App::in_real_time();
    let store = app.store();
    app.consumer("bot", "--scope assets.read");
    let mut random = rand::rngs::StdRng::seed_from_u64(SEED);
    // Measures the duration of a command, so that kills are spread over all of it.
    let began = Instant::now();
    ok(&store, &["key", "create", "measure", "--scope", "assets.read"]);
    let mut whole = began.elapsed();

    let mut acknowledged: Vec<(String, String)> = Vec::new();
    let mut revoked: Vec<String> = Vec::new();
    let (mut killed, mut in_a_row) = (0, 0);
    for round in 0..ROUNDS {
        let name = format!("k{round}");
        let revoke = round % 5 == 4 && !acknowledged.is_empty();
        let words: Vec<String> = if revoke {
            let victim = &acknowledged[random.random_range(0..acknowledged.len())].0;
            ["key", "revoke", victim, "--yes", "-o", "id"].map(str::to_owned).to_vec()
        } else {
            ["key", "create", &name, "--scope", "assets.read"].map(str::to_owned).to_vec()
        };
        let child = apiconn(&store)
            .args(&words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let after = whole.mul_f64(random.random_range(0.0..1.4));
        let output = run_or_kill(child, after);
        // On a machine that became busier since the measurement, commands need longer.
        in_a_row = if output.is_some() { 0 } else { in_a_row + 1 };
        if in_a_row == 10 {
            whole = whole.mul_f64(1.5);
            in_a_row = 0;
        }
        match output {
            Some(out) if revoke => revoked.push(out.trim().to_owned()),
            Some(out) => {
                let (id, secret) = out.trim_end().split_once('\t').unwrap();
                acknowledged.push((id.to_owned(), secret.to_owned()));
            }
            None => killed += 1,
        }
    }
    assert!(
        killed > ROUNDS / 10,
        "only {killed} of {ROUNDS} were killed: the test proves nothing (seed {SEED})"
    );
    assert!(acknowledged.len() > ROUNDS / 20, "only {} were acknowledged (seed {SEED})", acknowledged.len());

    assert_whole(&store);
    for (id, secret) in &acknowledged {
        let verified = run_with_input(&store, &["key", "verify", "-"], secret);
        let was_revoked = revoked.contains(id);
        // A killed revocation may be stored; an acknowledged one must be.
        assert!(
            verified.status.success() != was_revoked || !was_revoked && verified.status.code() == Some(5),
            "{id}: {verified:?}"
        );
        if !was_revoked && !verified.status.success() {
            let connection = raw(&store);
            let events = number(
                &connection,
                &format!("SELECT count(*) FROM audit WHERE object_id = '{id}' AND event = 'key.revoke'"),
            );
            assert_eq!(events, 1, "{id} is refused without a revocation (seed {SEED})");
        }
    }
    let connection = raw(&store);
    for (rows, events) in [
        ("clients WHERE kind = 'key'", "key.create"),
        ("clients WHERE kind = 'key' AND stored_state = 'revoked'", "key.revoke"),
        (
            "secrets WHERE delivered_at IS NOT NULL AND client_seq IN (SELECT seq FROM clients WHERE kind = 'key')",
            "key.deliver",
        ),
    ] {
        assert_eq!(
            number(&connection, &format!("SELECT count(*) FROM {rows}")),
            number(&connection, &format!("SELECT count(*) FROM audit WHERE event = '{events}'")),
            "{events} (seed {SEED})"
        );
    }
}

#[test]
fn killed_service_keeps_its_acknowledged_changes() {
    let app = App::in_real_time();
    let store = app.store();
    let introspector = app.key("introspector", "--scope apiconn:introspect");
    let start = || {
        let service = Service::start(&store);
        let address = service.address;
        Ok((service, address))
    };
    // The benchmark `killed` does this 100 times.
    let outcome = killed::run(&start, &|| apiconn(&store), &store, &introspector, 12).unwrap();
    assert_eq!(outcome.trouble.first(), None);
    assert!(outcome.issued >= 12 * 8 && outcome.ended >= 12 * 6, "{outcome:?}");
    assert_eq!((outcome.missing, outcome.lost, outcome.accepted), (0, 0, 0), "{outcome:?}");
    assert!(outcome.retried >= 12, "{outcome:?}");
    assert_whole(&store);
}
