//! The cost of one command (start, one query, completion), and the size of the program.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Scale;
use crate::fill::{Content, Filled, size};
use crate::measure::{Failed, PROGRAM, alternate, apiconn, ms, output, ratio};
use crate::report::{Report, heading};

const MIB: f64 = 1024.0 * 1024.0;

/// Measures the size of the stripped program.
pub fn binary(report: &mut Report, _: Scale) {
    heading("The program");
    #[expect(clippy::cast_precision_loss, reason = "a size in MiB")]
    let mib = size(Path::new(PROGRAM)) as f64 / MIB;
    let what = "size of the stripped program";
    match std::fs::read(PROGRAM).map(|program| has_symbols(&program)) {
        Ok(Some(false)) => report.judge(what, mib, "MiB", 15.0, PROGRAM),
        Ok(Some(true)) => report.fail(what, &"the program has a symbol table, so it is not stripped"),
        Ok(None) => report.fail(what, &"the program is not a 64-bit ELF file"),
        Err(error) => report.fail(what, &error),
    }
}

/// Returns whether a 64-bit little-endian ELF file has a symbol table section, or `None` for another file.
fn has_symbols(program: &[u8]) -> Option<bool> {
    const SYMBOL_TABLE: u64 = 2;
    let number = |at: usize, bytes: usize| -> Option<u64> {
        let bytes = program.get(at..at + bytes)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let at = |offset| number(offset, 2).and_then(|number| usize::try_from(number).ok());
    let sections = usize::try_from(number(0x28, 8)?).ok()?;
    let (width, count) = (at(0x3a)?, at(0x3c)?);
    let mut kinds = (0..count).map(|section| number(sections + section * width + 4, 4));
    Some(kinds.any(|kind| kind == Some(SYMBOL_TABLE)))
}

/// Compares `key show NAME` with the `sqlite3` shell and one indexed query on the same file.
pub fn one_shot(report: &mut Report, scale: Scale) {
    heading("One command, in a store of 10,000 keys");
    let what = "key show, compared with the sqlite3 shell";
    if Command::new("sqlite3").arg("-version").stdout(Stdio::null()).status().is_err() {
        report.fail(what, &"sqlite3 is not installed; install Debian's package sqlite3");
        return;
    }
    let measure = || -> Result<(f64, String), Failed> {
        let store = Filled::new(Content { keys: 10_000, ..Content::default() })?;
        let name = store.text("SELECT name FROM clients WHERE seq = 5001")?;
        let mut ours = apiconn(&store.path());
        ours.args(["key", "show", &name]);
        let mut shell = Command::new("sqlite3");
        shell.env_remove("HOME").args(["-readonly", "-init", "/dev/null"]).stdin(Stdio::null());
        shell.arg(store.path()).arg(format!(
            "SELECT client_id, name, scope, created_at, expires_at FROM clients \
             WHERE kind = 'key' AND name = '{name}' AND stored_state <> 'revoked'"
        ));
        for command in [&mut ours, &mut shell] {
            if !output(command)?.contains(&name) {
                return Err(Failed(format!("{command:?} does not print {name}")));
            }
        }
        let mut version = Command::new(PROGRAM);
        version.env_clear().arg("--version");
        let [ours, shell, version] = alternate(scale.rounds, [&mut ours, &mut shell, &mut version])?;
        let detail = format!(
            "{} vs {}; apiconn --version {}; medians of {}",
            ms(ours.median()),
            ms(shell.median()),
            ms(version.median()),
            ours.count()
        );
        Ok((ratio(&ours, &shell), detail))
    };
    match measure() {
        Ok((ratio, detail)) => report.judge(what, ratio, "x", 2.0, &detail),
        Err(Failed(why)) => report.fail(what, &why),
    }
}

/// Measures `grant revoke <TAB>` in bash.
pub fn completion(report: &mut Report, scale: Scale) {
    heading(&format!("Completion, in a store of {} grants", scale.grants));
    let what = "grant revoke <TAB>";
    let measure = || -> Result<(f64, String), Failed> {
        let (users, consumers) = (scale.grants, scale.grants / 100);
        let store =
            Filled::new(Content { keys: 1, consumers, users, grants: scale.grants, ..Content::default() })?;
        let complete = |word: &str| {
            let mut command = apiconn(&store.path());
            command.envs([
                ("APICONN_COMPLETE", "bash"),
                ("_CLAP_COMPLETE_INDEX", "3"),
                ("_CLAP_COMPLETE_COMP_TYPE", "63"),
                ("_CLAP_IFS", "\n"),
            ]);
            command.args(["--", "apiconn", "grant", "revoke", word]);
            command
        };
        let (mut empty, mut pair) = (complete(""), complete("user-00000"));
        for (command, part) in [(&mut empty, "grt_"), (&mut pair, "/app-")] {
            let found = output(command)?;
            if found.lines().filter(|line| line.contains(part)).count() < 10 {
                return Err(Failed(format!("{command:?} offers no grants: {found:?}")));
            }
        }
        let mut version = Command::new(PROGRAM);
        version.env_clear().arg("--version");
        let [empty, pair, version] = alternate(scale.rounds, [&mut empty, &mut pair, &mut version])?;
        let detail = format!(
            "p99 {}; after user-00000 {}; apiconn --version {}; medians of {}",
            ms(empty.percentile(99)),
            ms(pair.median()),
            ms(version.median()),
            empty.count()
        );
        Ok((empty.median().as_secs_f64() * 1e3, detail))
    };
    match measure() {
        Ok((millis, detail)) => report.judge(what, millis, "ms", 20.0, &detail),
        Err(Failed(why)) => report.fail(what, &why),
    }
}
