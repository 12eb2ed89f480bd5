//! A store that an unreleased version made: the schema's number is this program's, its text is another.

use std::fs;

use crate::support::App;

#[test]
fn a_store_of_an_unreleased_schema_is_rejected_unchanged() {
    for (case, sql) in [
        ("another digest", "UPDATE base SET schema_digest = zeroblob(32)"),
        ("no digest", "ALTER TABLE base DROP COLUMN schema_digest"),
    ] {
        let app = App::new();
        app.sql(&format!("{sql}; PRAGMA wal_checkpoint(TRUNCATE)"));
        let before = fs::read(app.store()).unwrap();
        for words in ["key list", "key create k --scope assets.read", "audit verify", "store info"] {
            let run = app.run(words).exits(6);
            assert_eq!(
                run.err,
                format!(
                    "error: the store {} was made by an unreleased version of apiconn\n\
                     hint: nothing was changed; use the version that made it, or create another store: apiconn init --store PATH --base NAME\n",
                    app.store().display()
                ),
                "{case}: {words}"
            );
            assert_eq!(run.out, "");
        }
        assert!(fs::read(app.store()).unwrap() == before, "{case}: the file was changed");
        let error = app.run("key list --json").exits(6).error_json();
        assert_eq!(error["error"]["code"], "store_unreleased", "{case}");
    }
}

#[test]
fn a_url_is_not_taken_for_a_path() {
    let app = App::new();
    for words in ["key list", "key create k --scope assets.read", "init --base B"] {
        let run = app.run(&format!("{words} --store postgres://db.example/base")).exits(6);
        assert_eq!(
            run.err,
            "error: a store is a file; this program supports no URL with the scheme postgres\nhint: nothing was changed; give the path of a file\n",
            "{words}"
        );
    }
}
