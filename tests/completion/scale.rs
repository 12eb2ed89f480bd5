//! The cost of a completion does not grow with the store.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use super::{granted, sql};
use crate::support::App;
use crate::support::process::apiconn;

/// Returns the number of bytes that the program read, as counted by the kernel, and its output. The count reveals a scan of
/// a large table, independent of the speed of the machine.
fn cost(app: &App, line: &str) -> (u64, String) {
    let mut child = apiconn(&app.store())
        .env("APICONN_COMPLETE", "fish")
        .args(["--", "apiconn"])
        .args(line.split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    // After the end of its output the process reads nothing more. Its counters stay readable until `wait`.
    let counters = fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap();
    assert!(child.wait().unwrap().success());
    let read = counters.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap();
    (read, said)
}

#[test]
fn completion_does_not_scan_100_000_grants() {
    let (app, _) = granted();
    // The first 1,000 grants are active and all later ones are revoked. Every user has several of both.
    sql(
        &app,
        "PRAGMA synchronous = OFF;
         WITH RECURSIVE n (i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)
         INSERT INTO users (user_id, username, password_hash, created_at)
           SELECT 'usr_0000000' || i, 'worker' || i, (SELECT password_hash FROM users), 0 FROM n;
         WITH RECURSIVE n (i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 49999)
         INSERT INTO clients (client_id, kind, name, scope, is_public, client_credentials, authorization_code, redirect_uris,
                              stored_state, stored_state_at, created_at, revision)
           SELECT iif(i % 2, 'apck', 'apcc') || '_test_0000000' || i, iif(i % 2, 'key', 'consumer'), 'client' || i,
                  'assets.read', 0, 1, 0, '', iif(i < 10020, 'disabled', iif(i < 30000, 'active', 'revoked')), 0, 0, 0 FROM n;
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
         INSERT INTO grants (grant_id, user_seq, client_seq, scope, created_at, revoked_at)
           SELECT printf('grt_%012d', i * 7919 % 100000), 2 + i % 20000,
                  2 + 2 * (i / 20000), 'assets.read', 0, iif(i < 1000, NULL, 1) FROM n;
         INSERT INTO tokens (token_id, digest, kind, client_seq, scope, issued_at, expires_at)
           SELECT 'tok_' || substr(grant_id, 5), randomblob(32), 'access', client_seq, scope, 0, 1 FROM grants;",
    );
    let size = fs::metadata(app.store()).unwrap().len()
        + fs::metadata(app.folder().join("base.db-wal")).map_or(0, |wal| wal.len());
    assert!(size > 20_000_000, "the store is too small to distinguish a scan from a search: {size} bytes");

    for (line, lines) in [
        ("grant revoke ", 100),
        ("grant revoke grt_", 100),
        ("grant revoke grt_0000000", 100),
        ("grant revoke grt_000000000000", 1),
        ("grant revoke wor", 100),
        ("grant revoke worker1", 100),
        ("grant revoke worker2", 0),
        ("grant revoke worker10500", 1),
        ("grant revoke worker10500/", 1),
        ("grant revoke worker10500/client", 1),
        ("grant show ", 100),
        ("grant show wor", 100),
        ("grant show worker10500/", 5),
        ("user show ", 100),
        ("user show wor", 100),
        ("user show usr_0", 100),
        ("key show ", 100),
        ("key revoke cl", 100),
        ("key revoke apck_", 100),
        ("user enable wor", 0),
        ("token revoke tok_", 0),
        ("token revoke tok_0000000123", 0),
        ("key enable ", 10),
        ("key enable cl", 10),
        ("consumer disable ", 100),
        ("consumer disable client2", 100),
        ("consumer disable apcc_test_00000001", 100),
        ("consumer disable apcc_test_000000010020", 1),
    ] {
        let (read, said) = cost(&app, line);
        assert_eq!(said.lines().count(), lines, "{line}: {said}");
        assert!(read < 1_000_000, "{line}: {read} bytes of {size} were read");
    }
}
