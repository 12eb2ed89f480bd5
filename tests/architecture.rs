//! Who may import whom, read from the `use` lines: the rules of `src/lib.rs`, and what may appear where.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder or file of `src`, what of the crate it may import, and why.
const RULES: &[(&str, &[&str], &str)] = &[
    ("domain", &["domain"], "domain is pure: it imports nothing of ours"),
    ("secrets", &["secrets", "domain"], "secrets knows the domain alone"),
    (
        "store",
        &["store", "secrets", "domain"],
        "the store speaks of domain and digests, and of nothing above it",
    ),
    ("actions", &["actions", "store", "secrets", "domain"], "actions know neither the command line nor HTTP"),
    ("render", &["render", "domain", "secrets"], "render shows domain values, and hands over a secret"),
    ("completion", &["completion", "store", "domain", "render", "host"], "completion only reads the store"),
    (
        "commands",
        &[
            "commands",
            "completion",
            "actions",
            "render",
            "store",
            "secrets",
            "domain",
            "failure",
            "exit",
            "host",
        ],
        "commands never meet the service",
    ),
    (
        "service",
        &["service", "actions", "store", "secrets", "domain"],
        "the service never meets the commands, and prints nothing",
    ),
    ("cli.rs", &["commands", "domain"], "cli.rs is clap alone"),
    (
        "failure.rs",
        &["actions", "store", "secrets", "domain", "exit"],
        "the commands import failures, so failures know nothing that commands may not",
    ),
    (
        "parse.rs",
        &["cli", "commands", "render", "secrets", "domain", "failure", "exit", "host"],
        "parsing ends before anything is done",
    ),
    ("host.rs", &["secrets", "domain"], "the world outside does not know what is done in it"),
    ("exit.rs", &[], "exit codes are a table"),
];

/// A word that may appear only below this folder or in this file, and why.
const PLACES: &[(&str, &[&str], &str)] = &[
    ("rusqlite", &["store/sqlite"], "all SQL is in store/sqlite"),
    ("axum", &["service"], "HTTP is the service's"),
    ("askama", &["service/pages"], "pages are made in one place"),
    (
        "clap::",
        &["cli.rs", "commands", "completion", "parse.rs", "lib.rs", "main.rs"],
        "the command line is not the product",
    ),
    ("dialoguer", &["render"], "render is the only place that prompts"),
    ("comfy_table", &["render"], "render is the only place that prints"),
    ("rowid", &[], "rows are ordered by seq, and nothing else is an engine's own"),
    (
        ".commit()",
        &["store", "actions/change.rs", "service/writer.rs"],
        "a change ends in one place, with its audit rows",
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn each_source(mut look: impl FnMut(&str, &str)) {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&src, &mut found);
    assert!(found.len() > 80, "the sources are not where this test looks");
    for path in found {
        let name = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        // Tests may reach for anything.
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        look(&name, &code);
    }
}

/// The modules of the crate that a source names, each with its line: `crate::a::b`, and all of `crate::{a, b::{c, d}}`.
fn imported(code: &str) -> Vec<(usize, String)> {
    // Documentation may point anywhere.
    let bare = |line| if str::trim_start(line).starts_with("//") { "" } else { line };
    let code = code.lines().map(bare).collect::<Vec<_>>().join("\n");
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let mut found = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let line = code[..at].lines().count().max(1);
        let behind = &code[at + path.len()..];
        let Some(group) = behind.strip_prefix('{') else {
            found.push((line, word(behind)));
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (index, letter) in group.char_indices() {
            if begins && !letter.is_whitespace() {
                found.push((line, word(&group[index..])));
                begins = false;
            }
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' => begins = depth == 0,
                _ => {}
            }
        }
    }
    found.retain(|(_, module)| !module.is_empty());
    found
}

#[test]
fn an_import_is_seen_however_it_is_written() {
    let code = "use crate::domain::x;\n// use crate::cli;\nuse crate::{\n    actions, service::{State, Usage},\n    store::Store,\n};\nfn f() { crate::exit::Exit; }\n";
    let found = imported(code);
    let expected = [(1, "domain"), (3, "actions"), (3, "service"), (3, "store"), (7, "exit")];
    assert_eq!(found, expected.map(|(line, module)| (line, module.to_owned())));
}

#[test]
fn imports_run_one_way() {
    let mut ruled = 0;
    each_source(|name, code| {
        let Some((place, allowed, rule)) = RULES.iter().find(|(place, ..)| name.starts_with(place)) else {
            assert!(matches!(name, "lib.rs" | "main.rs"), "src/{name} has no rule");
            return;
        };
        ruled += 1;
        for (line, module) in imported(code) {
            assert!(
                allowed.contains(&module.as_str()),
                "src/{name}:{line}: {place} imports {module}; the rule: {rule}"
            );
        }
    });
    assert!(ruled > 80, "{ruled}");
}

#[test]
fn words_stay_in_their_place() {
    each_source(|name, code| {
        for (word, places, rule) in PLACES {
            for (number, line) in code.lines().enumerate() {
                let comment = line.trim_start().starts_with("//");
                assert!(
                    comment || !line.contains(word) || places.iter().any(|place| name.starts_with(place)),
                    "src/{name}:{}: `{word}` does not belong here; the rule: {rule}",
                    number + 1
                );
            }
        }
    });
}

#[test]
fn no_test_file_is_forgotten() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = package.join("tests");
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let mut found = Vec::new();
    sources(&tests, &mut found);
    for path in found {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let target = format!("path = \"{}\"", path.strip_prefix(package).unwrap().display());
        if stem == "mod" || manifest.contains(&target) {
            continue;
        }
        let folder = path.parent().unwrap();
        let parents = [folder.join("mod.rs"), folder.with_extension("rs"), folder.join("main.rs")];
        let parent = parents.into_iter().find(|parent| parent.exists()).unwrap();
        let text = fs::read_to_string(&parent).unwrap();
        assert!(text.contains(&format!("mod {stem};")), "{} is in no binary", path.display());
    }
}
