//! Commands in documents and topics can be run. Commands in hints are checked after every run of a test.

use crate::support::{App, hints};

/// The commands in the code blocks of a Markdown text.
fn commands_of(markdown: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for block in markdown.split("\n```").skip(1).step_by(2) {
        if !(block.starts_with("sh") || block.starts_with("console")) {
            continue;
        }
        let block = block.replace("\\\n", " ");
        for line in block.lines().skip(1) {
            for part in line.split(['|', ';', '&', '(', ')']).map(str::trim) {
                let part = part.strip_prefix("$ ").unwrap_or(part);
                if part.starts_with("apiconn ") {
                    commands.push(part.split_whitespace().collect::<Vec<_>>().join(" "));
                }
            }
        }
    }
    commands
}

#[test]
fn commands_in_the_documents_parse() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { &mut folders } else { &mut files }.push(path);
        }
    }
    let mut count = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        for command in commands_of(&std::fs::read_to_string(file).unwrap_or_default()) {
            hints::parses(&command);
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn commands_in_the_topics_parse() {
    let app = App::empty();
    let mut count = 0;
    for topic in ["leaked", "concepts", "durations", "handles", "output", "environment"] {
        for line in app.run(&format!("help {topic}")).ok().out.lines() {
            if let Some(command) = line.strip_prefix("  apiconn ") {
                hints::parses(&format!("apiconn {command}"));
                count += 1;
            }
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn examples_of_the_manual_parse() {
    let page = App::empty().run("man").ok().out.replace("\\-", "-");
    let examples: Vec<&str> = page.lines().filter(|line| line.starts_with("apiconn ")).collect();
    assert!(examples.len() >= 5, "{page}");
    for example in examples.iter().filter(|line| !line.contains(" - ")) {
        hints::parses(example);
    }
    for section in ["EXAMPLES", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "\"SEE ALSO\""] {
        assert!(page.contains(&format!(".SH {section}\n")), "{section}: {page}");
    }
}

#[test]
fn a_hint_names_only_flags_of_its_verb() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.user("u");
    assert!(app.run("key create k --scope assets.read").exits(4).err.contains("add --if-missing"));
    assert!(
        !app.call("user add u --password-stdin")
            .stdin("correct horse battery staple")
            .run()
            .exits(4)
            .err
            .contains("--if-missing")
    );
}
