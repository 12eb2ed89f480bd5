//! JSON from every command: one document, with its schema.

use super::help::each_leaf;
use crate::support::App;

/// Words that make each command succeed, in an order in which they can run one after the other.
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
/// Commands that print a text, run for ever, or need what only the service makes.
const ELSEWHERE: &[&str] = &["completions", "man", "help", "serve", "key verify", "token inspect"];

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
                // json() fails on anything but one document.
                let would = call("--dry-run").json();
                assert!(would["schema"].is_string(), "{path}: {would}");
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
