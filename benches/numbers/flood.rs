//! The growth of the store by anonymous requests.

#[path = "../../tests/support/flood.rs"]
mod shared;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use shared::{REDIRECT, Target, kinds, rows, send};

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, apiconn, output};
use crate::report::{Report, heading, note};
use crate::service::Service;

/// The maximum growth of the files of the store.
const LIMIT_MIB: f64 = 8.0;

/// Sends each kind of request in two halves, with all kinds in the first half before the second half begins.
pub fn run(report: &mut Report, scale: Scale) {
    heading(&format!("The store after {} anonymous requests of each kind", scale.flood));
    if let Err(Failed(why)) = measure(report, scale) {
        report.fail("flood", &why);
    }
}

fn measure(report: &mut Report, scale: Scale) -> Result<(), Failed> {
    let store = Filled::new(Content { keys: 10, users: 10, ..Content::default() })?;
    let path = store.path();
    let add = |name: &str, rest: &[&str]| {
        let words = ["consumer", "add", name, "--grant", "authorization_code", "--redirect-uri", REDIRECT];
        let more = ["--scope", "assets.read", "-o", "id", "-q"];
        output(apiconn(&path).args(words).args(more).args(rest)).map(|id| id.trim().to_owned())
    };
    let secret = |number: usize| path.with_file_name(format!("secret-{number}"));
    let clients: Vec<String> = (0..5)
        .map(|number| {
            let file = secret(number).display().to_string();
            add(&format!("flooded-{number}"), &["--secret-file", &file])
        })
        .collect::<Result<_, _>>()?;
    let public = add("flooded-public", &["--public"])?;
    store.checkpoint()?;
    let (rows_before, bytes_before) = (rows(&path)?, size(&path));
    let service = Service::start_behind_proxy(&path)?;
    let target = Target::new(service.address, clients, public).map_err(Failed)?;
    let mut at = Vec::new();
    for half in 0..2 {
        for kind in kinds() {
            let first = half * scale.flood / 2;
            let began = Instant::now();
            let statuses = send(&target, &kind, first..first + scale.flood / 2).map_err(Failed)?;
            let errors = statuses.keys().filter(|status| **status >= 500).count();
            note(kind.name, &format!("{statuses:?} in {:.1} s", began.elapsed().as_secs_f64()));
            report.judge(&format!("5xx to {}", kind.name), count(errors), "", 0.0, "");
        }
        at.push(rows(&path)?);
    }
    let grown = |from: &BTreeMap<String, i64>, to: &BTreeMap<String, i64>| -> Vec<(String, i64)> {
        let grown = to.iter().map(|(table, count)| (table.clone(), count - from[table]));
        grown.filter(|(_, grown)| *grown > 0).collect()
    };
    note("rows after the first half", &format!("{:?}", grown(&rows_before, &at[0])));
    let second = grown(&at[0], &at[1]);
    let part = count(second.iter().map(|(_, grown)| grown).sum::<i64>()) / count(at[0].values().sum::<i64>());
    report.judge("rows added by the second half", part * 100.0, "%", 1.0, &format!("{second:?}"));
    report.judge("rows of refusals", count(at[1]["refusals"]), "", 10_000.0, "");
    // The -wal file is reused: its size is a constant of the store.
    let wal = fs::metadata(path.with_extension("db-wal")).map_or(0, |file| file.len());
    note("bytes of the -wal file before its checkpoint", &wal.to_string());
    store.checkpoint()?;
    let grown = (size(&path) - bytes_before) / 1024.0 / 1024.0;
    report.judge("growth of the files", grown, "MiB", LIMIT_MIB, "");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
fn count(number: impl TryInto<i64>) -> f64 {
    number.try_into().unwrap_or(i64::MAX) as f64
}

/// Returns the bytes of the files of the store.
#[expect(clippy::cast_precision_loss, reason = "some millions")]
fn size(store: &Path) -> f64 {
    let mut bytes = 0;
    for ending in ["db", "db-wal", "db-shm"] {
        bytes += fs::metadata(store.with_extension(ending)).map_or(0, |file| file.len());
    }
    bytes as f64
}
