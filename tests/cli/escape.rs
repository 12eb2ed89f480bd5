//! Stored text on its way out, put into the store behind the program's back.

use crate::support::App;

/// SQL for a text that clears a screen, breaks a line, turns the writing round, and begins as a formula.
const TRICKS: &str = "'=a' || char(27) || '[2J' || char(10) || char(8238) || 'b'";

#[test]
fn stored_text_controls_neither_terminal_nor_table_nor_json() {
    let app = App::new();
    app.key("erp-sync", "--scope assets.read");
    // The audit takes some of its texts from the environment, as claimed.
    app.sql(&format!(
        "DROP TRIGGER audit_no_update; UPDATE audit SET reason = {TRICKS}, object_name = {TRICKS}, host = {TRICKS}, ci_job = {TRICKS}"
    ));
    for (format, shown) in [
        ("table", "=a\\u{1b}[2J\\u{a}\\u{202e}b"),
        ("tsv", "=a\\u{1b}[2J\\u{a}\\u{202e}b"),
        ("csv", "'=a\\u{1b}[2J\\u{a}\\u{202e}b"),
        ("json", "\"=a\\u001b[2J\\n\\u202eb\""),
        ("jsonl", "\"=a\\u001b[2J\\n\\u202eb\""),
    ] {
        let run = app.call(&format!("audit list --limit 2 -o {format}")).at_terminal(300).run().ok();
        assert_eq!(run.out.matches(shown).count(), if format.starts_with("json") { 8 } else { 4 }, "{run:?}");
        assert!(!run.out.contains(['\u{1b}', '\u{202e}']), "{run:?}");
        let lines = match format {
            "table" | "csv" => 3,
            "json" => 1,
            _ => 2,
        };
        assert_eq!(run.out.lines().count(), lines, "{run:?}");
    }
}

#[test]
fn stored_text_that_the_program_would_never_store_is_damage_and_is_not_shown() {
    let app = App::new();
    app.key("erp-sync", "--scope assets.read");
    app.sql(&format!("UPDATE clients SET owner = {TRICKS}"));
    for words in ["key list", "key list --json", "key show erp-sync", "key edit erp-sync --description x"] {
        let run = app.run(words).exits(8);
        assert!(run.err.contains("the store is damaged: "), "{words}: {run:?}");
        assert!(!(run.out + &run.err).contains(['\u{1b}', '\u{202e}']), "{words}");
    }
}
