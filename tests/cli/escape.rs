//! Escaping of stored text, with hostile text that was written to the store by SQL.

use crate::support::App;

/// SQL expression for a text that begins like a spreadsheet formula and contains an escape sequence, a line break and a
/// right-to-left override.
const HOSTILE: &str = "'=a' || char(27) || '[2J' || char(10) || char(8238) || 'b'";

#[test]
fn stored_text_is_escaped_in_every_output_format() {
    let app = App::new();
    app.key("erp-sync", "--scope assets.read");
    // The audit log stores some texts from the environment unchecked.
    app.sql(&format!(
        "DROP TRIGGER audit_no_update; UPDATE audit SET reason = {HOSTILE}, object_name = {HOSTILE}, host = {HOSTILE}, ci_job = {HOSTILE}"
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
fn invalid_stored_text_is_damage_and_is_not_shown() {
    let app = App::new();
    app.key("erp-sync", "--scope assets.read");
    app.sql(&format!("UPDATE clients SET owner = {HOSTILE}"));
    for words in ["key list", "key list --json", "key show erp-sync", "key edit erp-sync --description x"] {
        let run = app.run(words).exits(8);
        assert!(run.err.contains("the store is damaged: "), "{words}: {run:?}");
        assert!(!(run.out + &run.err).contains(['\u{1b}', '\u{202e}']), "{words}");
    }
}
