//! JSON output of every command: one document with its schema name.

use super::help::each_leaf;
use crate::support::App;

/// Arguments with which each command succeeds, in an order in which they can run one after the other.
const EVERY: &[(&str, &str)] = &[
    ("init", "--base B"),
    ("scope add", "assets.read Read"),
    ("scope edit", "assets.read Reading"),
    ("scope list", ""),
    ("group add", "g --scope assets.read"),
    ("group edit", "g --description x"),
    ("group list", ""),
    ("group show", "g"),
    ("settings list", ""),
    ("settings set", "rotation_overlap 1h"),
    ("key create", "k --group g"),
    ("key list", ""),
    ("key show", "k"),
    ("key edit", "k --owner o"),
    ("key rotate", "k"),
    ("key disable", "k"),
    ("key enable", "k"),
    ("consumer add", "c --grant authorization_code --redirect-uri https://a.example/cb --scope assets.read"),
    ("consumer list", ""),
    ("consumer show", "c"),
    ("consumer edit", "c --title T"),
    ("consumer rotate", "c"),
    ("consumer disable", "c"),
    ("consumer enable", "c"),
    ("user add", "u --password-stdin"),
    ("user set-password", "u --password-stdin"),
    ("user list", ""),
    ("user show", "u"),
    ("grant add", "u c --scope assets.read"),
    ("grant list", ""),
    ("grant show", "u/c"),
    ("grant revoke", "u/c"),
    ("user disable", "u"),
    ("user enable", "u"),
    ("user offboard", "u"),
    ("token list", ""),
    ("refusal list", ""),
    ("token revoke", "--all"),
    ("audit list", ""),
    ("audit head", ""),
    ("audit verify", ""),
    ("status", ""),
    ("store info", ""),
    ("key revoke", "k"),
    ("consumer revoke", "c"),
    ("group remove", "g"),
    ("scope remove", "assets.read"),
];
/// Commands that print text, do not end, or need a service, token or secret; other tests cover them.
const ELSEWHERE: &[&str] =
    &["completions", "man", "help", "serve", "health", "key verify", "token inspect", "refusal show"];

#[test]
fn every_command_prints_exactly_one_json_document() {
    let mut seen = ELSEWHERE.to_vec();
    for dry_run in [false, true] {
        let app = App::empty();
        for (path, words) in EVERY {
            seen.push(path);
            let call = |more: &str| {
                let run = app
                    .call(&format!("{path} {words} --json --yes {more}"))
                    .stdin("correct horse battery staple");
                run.run().ok()
            };
            if dry_run {
                let rows = || app.store().exists().then(|| app.rows());
                let before = rows();
                // `json()` panics unless the output is exactly one document.
                let would = call("--dry-run").json();
                assert!(would["schema"].is_string(), "{path}: {would}");
                assert_eq!(rows(), before, "{path}: a dry run changes nothing");
            }
            let run = call("-q");
            let document = run.json();
            assert_eq!(document["schema"], format!("{}/1", path.replace(' ', ".")), "{path}");
            assert_eq!(run.err, "", "{path}: -q leaves standard error empty");
            assert_eq!(run.out.matches('\n').count(), 1, "{path}");
        }
    }
    each_leaf(|path, _| assert!(seen.contains(&path), "{path} is not tried"));
}

#[test]
fn schema_is_printed_as_text_or_as_one_document() {
    let app = App::new();
    let text = app.run("store info --schema").ok().out;
    assert!(text.starts_with("-- Schema 1 of an apiconn store.\n"), "{text}");
    let document = app.run("store info --schema --json").ok().json();
    assert_eq!(document, serde_json::json!({"schema": "store.schema/1", "sql": text}));
}

#[test]
fn lists_support_every_format_and_narrow_terminals() {
    let app = super::views::base();
    for (path, words) in [
        ("key list", ""),
        ("key show", "erp-sync"),
        ("consumer list", ""),
        ("consumer show", "field-app"),
        ("grant list", ""),
        ("grant show", "tech1/field-app"),
        ("user list", ""),
        ("user show", "tech1"),
        ("group list", ""),
        ("group show", "integrations"),
        ("scope list", ""),
        ("settings list", ""),
        ("audit list", ""),
        ("audit head", ""),
        ("audit verify", ""),
        ("status", ""),
        ("store info", ""),
    ] {
        let run = |more: &str| app.run(&format!("{path} {words} {more}")).ok().out;
        let objects = run("-o id").lines().count();
        assert!(objects > 0, "{path}");
        assert_eq!(run("-o tsv").lines().count(), objects, "{path}");
        assert_eq!(run("-o csv").lines().count(), objects + 1, "{path}");
        assert_eq!(run("-o jsonl").lines().count(), objects, "{path}");
        let widths = run("-o tsv").lines().map(|line| line.split('\t').count()).collect::<Vec<_>>();
        assert_eq!(widths, vec![run("-o csv").lines().next().unwrap().split(',').count(); objects], "{path}");
        let ids: Vec<String> = run("-o id").lines().map(str::to_owned).collect();
        for columns in [20, 40, 80, 200] {
            let table = app.call(&format!("{path} {words}")).at_terminal(columns).run().ok().out;
            // Audit records are identified by their number, and settings by their name.
            if path != "audit list" {
                assert!(ids.iter().all(|id| table.contains(id)), "{path} at {columns}: {table}");
            }
        }
    }
}
