//! Secrets appear only in the output or file to which they were delivered.

use std::path::Path;

use crate::support::App;
use crate::support::process::{Service, apiconn, run, run_with_input};

/// A password that is easy to search for.
const PASSWORD: &str = "canary-password-Zq7vT";

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), std::fs::read(&path).unwrap_or_default())
        })
        .collect()
}

#[test]
fn secrets_appear_only_where_they_were_delivered() {
    let app = App::in_real_time();
    let store = app.store();
    let service = Service::start(&store);
    let introspector = app.key("introspector", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let rotated = {
        let output = run(&store, &["key", "rotate", "k"]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim_end().split_once('\t').unwrap().1.to_owned()
    };
    let bot = app.consumer("bot", "--scope assets.read");
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let answer = service.introspect(&introspector, &token);
    let added = run_with_input(&store, &["user", "add", "tech1", "--password-stdin"], PASSWORD);
    assert!(added.status.success());

    let secrets = [&introspector.1, &key.1, &rotated, &bot.1, &token, PASSWORD];
    // The random part, without prefix and id, which code might strip.
    let tails = secrets.map(|secret| secret.rsplit('_').next().unwrap());

    let mut outputs: Vec<(String, Vec<u8>)> = vec![("introspection".to_owned(), answer.body.into_bytes())];
    let mut look = |words: &[&str], input: Option<&str>| {
        let output = match input {
            Some(input) => run_with_input(&store, words, input),
            None => run(&store, words),
        };
        outputs.push((format!("{words:?}"), [output.stdout, output.stderr].concat()));
    };
    for format in ["table", "json", "jsonl", "csv", "tsv", "env", "id"] {
        for words in [
            &["key", "list", "--state", "all"][..],
            &["key", "show", "k"],
            &["consumer", "list"],
            &["consumer", "show", "bot"],
            &["token", "list", "--state", "all"],
            &["user", "show", "tech1"],
            &["audit", "list", "--all"],
            &["settings", "list"],
            &["status"],
            &["key", "disable", "bot", "--yes"],
        ] {
            look(&[words, &["-o", format, "-v"]].concat(), None);
        }
        look(&["key", "verify", "-", "-o", format], Some(&key.1));
        look(&["token", "inspect", "-", "-o", format], Some(&token));
        // Pasted as an argument: rejected and not printed.
        for words in [
            &["key", "show", &key.1][..],
            &["key", "verify", &key.1],
            &["key", "revoke", "--yes", &key.1],
            &["key", "create", &key.1],
            &["key", "create", "x", "--scope", &key.1, "--secret", &key.1],
            &["grant", "revoke", &token, "--yes"],
            &["token", "inspect", &token],
            &["nonsense", &key.1],
            &["key", &key.1],
            &["audit", "verify", "--head", &key.1],
            &["settings", "set", "issuer", &key.1],
            &["consumer", "add", "c", "--grant", &key.1],
            &[
                "consumer",
                "add",
                "c",
                "--grant",
                "authorization_code",
                "--redirect-uri",
                &key.1,
                "--scope",
                "assets.read",
            ],
            &["key", "list", "--cursor", &key.1],
            &["key", "list", "--fields", &key.1],
            &["key", "list", "--sort", &key.1],
            &["help", &key.1],
        ] {
            look(&[words, &["-o", format]].concat(), None);
        }
    }
    // The store, -wal and -shm files are searched while the service has them open, and afterwards.
    outputs.extend(files(app.folder()));
    assert!(outputs.iter().any(|(name, _)| name.ends_with("base.db-wal")), "no -wal file");
    assert!(service.stop());
    outputs.extend(files(app.folder()));
    for (name, bytes) in &outputs {
        for (secret, tail) in secrets.iter().zip(tails) {
            assert!(!contains(bytes, secret), "{name} contains a secret");
            assert!(!contains(bytes, tail), "{name} contains the random part of a secret");
        }
    }
}

#[test]
fn no_text_in_the_store_is_a_usable_credential() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let connection = super::raw(&app.store());
    let digest: Vec<u8> = connection.query_row("SELECT digest FROM secrets", [], |row| row.get(0)).unwrap();
    let hex = apiconn::credentials::digest::hex(&digest);
    for text in [hex.as_str(), key.0.as_str(), &format!("apcs_test_{hex}")] {
        app.call("key verify -").stdin(text).run().exits(5);
    }
    app.call("key verify -").stdin(&key.1).run().ok();
}

#[test]
fn secret_is_never_an_argument_of_the_process() {
    // /proc contains the arguments that `ps` shows.
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let mut child = apiconn(&app.store())
        .args(["key", "verify", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // The arguments appear in /proc shortly after the process was started.
    let command = (0..10_000)
        .map(|_| std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap())
        .find(|command| !command.is_empty())
        .unwrap();
    let environment = std::fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    assert!(!contains(&command, &key.1) && !contains(&environment, &key.1));
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), key.1.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn secret_for_a_closed_output_is_never_accepted() {
    let app = App::in_real_time();
    let run = |command: &str| {
        std::process::Command::new("/bin/sh")
            .args(["-c", &format!("exec {} {command}", env!("CARGO_BIN_EXE_apiconn"))])
            .env_clear()
            .env("APICONN_STORE", app.store())
            .output()
            .unwrap()
    };
    for closed in [">&-", "1<>/dev/null"] {
        let output = run(&format!("key create k --scope assets.read {closed}"));
        assert_eq!(output.status.code(), Some(1), "{closed}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: the secret of key k could not be written: standard output is closed or discarded\n\
             hint: the secret was withdrawn and was never accepted; try again\n"
        );
    }
    assert_eq!(app.number("SELECT count(*) FROM secrets WHERE delivered_at IS NOT NULL"), 0);
    // Output to /dev/null counts as delivered.
    let output = run("key create k --scope assets.read >/dev/null");
    assert!(output.status.success(), "{output:?}");
    // Other commands lose nothing: a secret has its file, and what is in the store can be printed again.
    let file = app.folder().join("k2.secret");
    let create = format!("key create k2 --scope assets.read --secret-file {}", file.display());
    for command in [create.as_str(), "key list", "key show k --json", "status", "scope list", "--help"] {
        for closed in [">&-", "1<>/dev/null", ">/dev/null"] {
            if command == create && file.exists() {
                continue;
            }
            let output = run(&format!("{command} {closed}"));
            assert_eq!(output.status.code(), Some(0), "{command} {closed}: {output:?}");
        }
    }
}
