//! Secrets pasted into the command line: rejected and never printed.

use super::help::each_leaf;
use crate::support::App;

const PASTED: &str = "that is a secret or token, which does not belong on a command line";
const PASTED_HINT: &str = "it is in the history of your shell now; to end it, see apiconn help leaked\nhint: secrets are read from standard input, as by apiconn key verify -";
const SECRET: &str = "apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM3Et442";

#[test]
fn secret_in_any_argument_is_rejected_and_not_shown() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let before = app.rows();
    let consumer = SECRET.replace("apcs_", "apcx_");
    let access = format!("apca_{}", "Ab3".repeat(16));
    let mut tried = 0;
    let mut check = |words: &str| {
        for secret in [SECRET, &consumer, &access] {
            let run = app.call(words).word(secret).run().exits(2);
            if words.ends_with("--json") {
                assert_eq!(run.error_json()["error"]["message"], PASTED, "{words:?}");
            } else {
                assert_eq!(run.err, format!("error: {PASTED}\nhint: {PASTED_HINT}\n"), "{words}");
            }
            assert_eq!(run.out, "", "{words}");
            tried += 1;
        }
    };
    each_leaf(|path, command| {
        check(path);
        for argument in command.get_arguments() {
            if let Some(long) = argument.get_long() {
                check(&format!("{path} --{long}"));
            }
        }
    });
    assert!(tried > 1000, "{tried}");
    assert_eq!(app.rows(), before);
    // As part of a longer argument, with the error in JSON.
    let run = app
        .call("key create k2 --scope assets.read -o json --description")
        .word(&format!("see {SECRET}!"))
        .run();
    assert_eq!(run.exits(2).error_json()["error"]["code"], "usage");
}

#[test]
fn secret_among_handles_on_stdin_is_not_shown() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    for text in [SECRET.to_owned(), format!("k\nname {SECRET}\n"), SECRET[..40].to_owned()] {
        let before = app.rows();
        let run = app.call("key revoke - --yes").stdin(&text).run().exits(2);
        assert!(!run.err.contains("9fKc3"), "{run:?}");
        assert_eq!(app.rows(), before);
    }
    let run = app.call("key verify -").stdin(format!("{SECRET}x")).run().exits(5);
    assert_eq!(
        run.err,
        "error: the secret is refused: it is cut short, too long, or holds a character that no credential has\nhint: paste the whole secret; if it is lost, make a new one: apiconn key rotate NAME\n"
    );
}
