//! The number of rows that anonymous requests can cause is bounded. `cargo bench` sends 200,000 requests of each kind.

use std::collections::BTreeMap;

use crate::support::App;
use crate::support::flood::{REDIRECT, Target, kinds, rows, send};
use crate::support::process::Service;

/// Requests of each kind, half of them after a restart.
const REQUESTS: usize = 500;

#[test]
fn a_flood_of_anonymous_requests_leaves_few_rows() {
    let app = App::in_real_time();
    app.user("tech1");
    let id = |name: &str, rest: &str| {
        app.code_client(name, REDIRECT, &format!("--scope assets.read {rest}")).client_id
    };
    let clients: Vec<String> = (0..3).map(|number| id(&format!("app-{number}"), "")).collect();
    let public = id("spa", "--public");
    let before = rows(&app.store()).unwrap();
    let mut after = Vec::new();
    for half in 0..2 {
        let service = Service::start_with(&app.store(), &["--behind-proxy", "127.0.0.1"]);
        let target = Target::new(service.address, clients.clone(), public.clone()).unwrap();
        for kind in kinds() {
            let first = half * REQUESTS / 2;
            let statuses = send(&target, &kind, first..first + REQUESTS / 2).unwrap();
            assert_eq!(statuses.values().sum::<usize>(), REQUESTS / 2, "{}", kind.name);
            assert!(statuses.keys().all(|status| *status < 500), "{}: {statuses:?}", kind.name);
        }
        // The service writes everything before it ends.
        assert!(service.stop());
        after.push(rows(&app.store()).unwrap());
    }
    // 500 refusals of each of the four clients and 2,000 others, and the counters of addresses and of client ids.
    for (half, rows) in after.into_iter().enumerate() {
        let grown: BTreeMap<String, i64> = rows
            .iter()
            .filter(|(table, count)| before[*table] != **count)
            .map(|(table, count)| (table.clone(), *count))
            .collect();
        let tables: Vec<&str> = grown.keys().map(String::as_str).collect();
        assert_eq!(tables, ["refusals", "throttles"], "{half}: {grown:?}");
        assert!(grown["refusals"] <= 4 * 500 + 2000, "{half}: {grown:?}");
        assert!(grown["throttles"] <= 5 * 4096, "{half}: {grown:?}");
    }
}
