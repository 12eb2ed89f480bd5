//! The program at a terminal: confirmations, password prompts, Ctrl-C.

use crate::support::terminal::Terminal;
use crate::support::{App, tools};

#[test]
fn revoke_prompt_shows_the_grant_and_no_is_exit_5() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::new();
    app.user("tech1");
    app.run("consumer add field-app --grant authorization_code --redirect-uri https://field.example/cb --scope assets.read").ok();
    app.run("grant add tech1 field-app --scope assets.read").ok();
    let mut terminal =
        Terminal::start(&app.store(), "grant revoke tech1/field-app --reason 'left the company'");
    terminal.expect("grant tech1/field-app (grt_");
    terminal.expect("): assets.read, 0 live tokens, never used");
    terminal.expect("Revoke 1 grant of base Acme Maintenance (test)?");
    terminal.send("n\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, 5, "{shown}");
    assert!(shown.contains("the question was answered with no; nothing was changed"), "{shown}");
    assert_eq!(app.run("grant list -o json").ok().json()["items"][0]["state"], "active");

    let mut terminal =
        Terminal::start(&app.store(), "grant revoke tech1/field-app --reason 'left the company'");
    terminal.expect("(test)?");
    terminal.send("y\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("grant revoke --yes tech1/field-app --reason 'left the company'"), "{shown}");
    assert_eq!(app.run("grant list -o json").ok().json()["items"].as_array().unwrap().len(), 0);
}

#[test]
fn ctrl_c_at_a_confirmation_changes_nothing() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::new();
    app.key("k", "--scope assets.read");
    let mut terminal = Terminal::start(&app.store(), "key revoke k");
    terminal.expect("(test)?");
    terminal.send("\u{3}");
    let (code, shown) = terminal.end();
    assert_eq!(code, 130, "{shown}");
    assert_eq!(app.run("key show k -o json").ok().json()["key"]["state"], "active");
}

#[test]
fn no_input_fails_at_a_terminal_instead_of_prompting() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::new();
    app.key("k", "--scope assets.read");
    let (code, shown) = Terminal::start(&app.store(), "key revoke k --no-input").end();
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("nothing was changed; to confirm, add --yes"), "{shown}");
}

#[test]
fn password_is_typed_twice_and_not_echoed() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::new();
    let mut terminal = Terminal::start(&app.store(), "user add tech1");
    terminal.expect("Password (at least 12 characters):");
    terminal.wait(std::time::Duration::from_millis(1100));
    terminal.send("correct horse battery\r");
    terminal.expect("Password again:");
    terminal.send("correct horse battery\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("correct horse"), "{shown}");
    // Relative times count from the output, not from the prompt.
    assert!(shown.contains("ADDED") && !shown.contains("in 1 second"), "{shown}");
    assert!(shown.contains("Without the question: "), "{shown}");
    assert!(shown.contains(" user add --password-stdin tech1"), "{shown}");
    assert_eq!(app.run("user show tech1 -o json").ok().json()["user"]["state"], "active");

    let mut terminal = Terminal::start(&app.store(), "user set-password tech1");
    terminal.expect("Password (at least 12 characters):");
    terminal.send("correct horse staple\rcorrect horse staple\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains(" user set-password --password-stdin tech1"), "{shown}");
}

#[test]
fn differing_passwords_are_prompted_for_again() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::new();
    let mut terminal = Terminal::start(&app.store(), "user add tech1");
    terminal.expect("Password (at least 12 characters):");
    // All input is sent before the prompts: none of it is lost or echoed.
    terminal.send(
        "correct horse battery\rcorrect hose battery\r\rcorrect horse battery\rcorrect horse battery\r",
    );
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("The two differ; please enter both again."), "{shown}");
    assert!(!shown.contains("correct"), "{shown}");
}

#[test]
fn ctrl_c_at_a_password_restores_the_terminal() {
    if !tools::installed(&["script", "stty"]) {
        return;
    }
    let app = App::new();
    let mut terminal = Terminal::start(&app.store(), "user add tech1; echo code $?; stty -a");
    terminal.expect("Password (at least 12 characters):");
    terminal.send("correct ho\u{3}");
    let (_, shown) = terminal.end();
    assert!(shown.contains("interrupted; nothing was changed"), "{shown}");
    assert!(shown.contains("code 130"), "{shown}");
    let modes: Vec<&str> = shown.split_whitespace().collect();
    assert!(["echo", "isig", "-echonl"].iter().all(|mode| modes.contains(mode)), "{shown}");
    assert!(!shown.contains("correct"), "{shown}");
    app.run("user show tech1").exits(3);
}

#[test]
fn new_key_at_a_terminal_shows_secret_and_relative_expiry() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::in_real_time();
    let (code, shown) = Terminal::start(&app.store(), "key create k --scope assets.read --expires 90d").end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Client secret  apcs_test_"), "{shown}");
    assert!(
        shown.contains("Expires        in 90 days (") || shown.contains("Expires        in 89 days ("),
        "{shown}"
    );
    assert!(
        shown.contains("Copy the secret now: it cannot be printed again. The store keeps only its digest."),
        "{shown}"
    );
}

#[test]
fn rotate_now_asks_for_confirmation_even_if_quiet() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::new();
    let (id, _) = app.key("k", "--scope assets.read");
    for (words, equivalent) in
        [("key rotate --now -q k", None), ("key rotate --now -- k", Some("key rotate --yes --now -- k"))]
    {
        let mut terminal = Terminal::start(&app.store(), words);
        terminal.expect(&format!("  key k ({id}): 1 live secret, 0 live tokens, never used"));
        terminal.expect("Rotate key k now in base Acme Maintenance (test)?");
        terminal.send("yes\r");
        let (code, shown) = terminal.end();
        assert_eq!(code, 0, "{shown}");
        assert!(equivalent.is_none_or(|equivalent| shown.contains(equivalent)), "{shown}");
    }
}

#[test]
fn only_y_or_yes_confirms_and_no_effect_needs_no_prompt() {
    if !tools::installed(&["script"]) {
        return;
    }
    let app = App::new();
    app.key("k", "--scope assets.read");
    let mut terminal = Terminal::start(&app.store(), "key revoke k");
    terminal.expect("(test)? [y/N]");
    terminal.send("systemctl --version\r");
    terminal.expect("Please answer y or n.");
    terminal.send("\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, 5, "{shown}");
    assert_eq!(app.run("key show k -o json").ok().json()["key"]["state"], "active");
    app.run("key revoke k --yes").ok();
    let (code, shown) = Terminal::start(&app.store(), "key revoke k").end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("was already revoked"), "{shown}");
}
