//! Users: adding, passwords, disabling, offboarding.

use crate::support::App;

const PASSWORD: &str = "correct horse battery staple";

#[test]
fn user_is_added_once() {
    let app = App::new();
    let words = "user add tech1@example.com --name \"Área técnica\" --email tech1@example.com --password-stdin --json";
    let run = app.call(words).stdin(PASSWORD).run().ok();
    assert_eq!(run.err, "user tech1@example.com added.\n");
    let id = run.json()["user"]["user_id"].as_str().unwrap().to_owned();
    let before = app.rows();
    let again = app.call("user add tech1@example.com --password-stdin").stdin(PASSWORD).run().exits(4);
    assert_eq!(
        again.err,
        format!(
            "error: the name \"tech1@example.com\" is taken by user {id}\nhint: to see it: apiconn user show tech1@example.com\n"
        )
    );
    assert_eq!(app.rows(), before);
    for handle in [&id, &id[..10], "tech1@example.com"] {
        assert_eq!(app.run(&format!("user show {handle} -o id")).ok().out, format!("{id}\n"));
    }
}

#[test]
fn password_length_and_characters_are_checked() {
    let app = App::new();
    let help = "hint: for its arguments and examples: apiconn user add --help\n";
    for (password, why) in [
        ("elevenchars", "the password is shorter than 12 characters"),
        ("", "the password is shorter than 12 characters"),
        ("\ncorrect horse battery staple", "the password is shorter than 12 characters"),
        (&"x".repeat(257), "the password is longer than 256 bytes"),
        (
            "correct\u{7}horse battery",
            "the password contains a control character, which a sign-in form cannot send",
        ),
    ] {
        let before = app.rows();
        let run = app.call("user add u --password-stdin").stdin(password).run().exits(2);
        let hint = "hint: a password has at least 12 characters, on one line\n";
        assert_eq!(run.err, format!("error: {why}\n{hint}"));
        assert_eq!(app.rows(), before);
    }
    let run = app.call("user add u --password-stdin").stdin(b"\xff\xfe and eleven more").run().exits(2);
    assert_eq!(run.err, format!("error: standard input is not text in UTF-8\n{help}"));
    app.call("user add u --password-stdin").stdin("twelve chars").run().ok();
}

#[test]
fn password_is_the_first_line_of_its_file_and_is_hashed() {
    let app = App::new();
    let path = app.folder().join("u.password");
    std::fs::write(&path, format!("{PASSWORD}\r\nsomething else\n")).unwrap();
    app.run(&format!("user add u --password-file {}", path.display())).ok();
    let hash: String = app.raw().query_row("SELECT password_hash FROM users", [], |row| row.get(0)).unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m="), "{hash}");
    let plain = |text: &str| apiconn::domain::secret_text::SecretText::new(text.to_owned());
    assert!(apiconn::credentials::password::verify(&hash, &plain(PASSWORD)));
    assert!(!apiconn::credentials::password::verify(&hash, &plain("something else")));
    app.call("user set-password u --password-stdin").stdin("another long password\n").run().ok();
    let changed: String =
        app.raw().query_row("SELECT password_hash FROM users", [], |row| row.get(0)).unwrap();
    assert!(apiconn::credentials::password::verify(&changed, &plain("another long password")));
    let binary = app.folder().join("binary");
    std::fs::write(&binary, [0xff, 0xfe]).unwrap();
    let run = app.run(&format!("user set-password u --password-file {}", binary.display())).exits(2);
    let text = format!("error: the password file {} is not text in UTF-8\n", binary.display());
    assert!(run.err.starts_with(&text), "{run:?}");
    let missing = app.run("user set-password u --password-file /nonexistent").exits(2);
    assert_eq!(
        missing.err,
        "error: the password file /nonexistent cannot be read: No such file or directory (os error 2)\nhint: for its arguments and examples: apiconn user set-password --help\n"
    );
    let both = app.run("user set-password u --password-stdin --password-file x").exits(2);
    assert!(both.err.starts_with(
        "error: the argument '--password-stdin' cannot be used with '--password-file <PATH>'\n"
    ));
}

#[test]
fn user_is_disabled_and_enabled() {
    let app = App::new();
    app.user("u");
    let id = app.run("user show u -o id").ok().out;
    let u = format!("user u ({})", id.trim_end());
    assert_eq!(app.run("user disable u --yes").ok().err, format!("{u} is now disabled.\n"));
    let again = app.run("user disable u --yes --json").ok();
    assert_eq!(again.err, format!("{u} was already disabled.\n"));
    assert_eq!(again.json()["changed"], false);
    assert_eq!(app.run("user enable u").ok().err, format!("{u} is now active.\n"));
    assert_eq!(app.run("user enable u").ok().err, format!("{u} was already active.\n"));
    assert_eq!(app.run("user disable u --dry-run").ok().err, format!("{u} would be disabled.\n"));
    assert_eq!(app.run("user show u --fields state").ok().out, "active\n");
}

#[test]
fn offboarding_ends_every_grant_in_one_operation() {
    let app = App::new();
    app.user("u");
    let id = app.run("user show u -o id").ok().out;
    let u = format!("user u ({})", id.trim_end());
    for name in ["a", "b"] {
        app.run(&format!("consumer add {name} --grant authorization_code --redirect-uri https://{name}.example/cb --scope assets.read")).ok();
        app.run(&format!("grant add u {name} --scope assets.read")).ok();
    }
    let before = app.rows();
    assert_eq!(
        app.run("user offboard u --dry-run").ok().err,
        format!("{u} would be disabled, with all grants revoked.\n")
    );
    assert_eq!(app.rows(), before);
    let run = app.run("user offboard u --yes --reason \"left\" --json").ok();
    assert_eq!(run.err, format!("{u} is now disabled, with all grants revoked.\n"));
    let operation = run.json()["operation"].as_str().unwrap().to_owned();
    let events = app.run(&format!("audit list --operation {operation} --fields event,reason")).ok().out;
    assert_eq!(events, "grant.revoke\tleft\ngrant.revoke\tleft\nuser.disable\tleft\n");
    assert_eq!(app.run("grant list").ok().out, "");
    let again = app.run("user offboard u --yes --json").ok();
    assert_eq!(again.err, format!("{u} was already disabled, with all grants revoked.\n"));
    assert_eq!(again.json()["changed"], false);
    // After the user is enabled again, the grants stay revoked.
    app.run("user enable u").ok();
    assert_eq!(app.run("grant list").ok().out, "");
}

#[test]
fn several_users_are_disabled_together_or_not_at_all() {
    let app = App::new();
    app.user("u1");
    app.user("u2");
    let before = app.rows();
    app.run("user disable u1 u3 --yes").exits(3);
    assert_eq!(app.rows(), before);
    assert_eq!(app.run("user list --state disabled").ok().out, "");
    let run = app.call("user disable - u1 --yes --json --fields username").stdin("u2\nu1\n").run().ok();
    assert_eq!(run.json()["counts"], serde_json::json!({"changed": 2, "already": 0}));
}
