//! The store's file behind the program's back: for what a test has to damage, and for what it has to find untouched.

use rusqlite::Connection;

use super::App;

impl App {
    /// A plain connection to the store's file.
    pub fn raw(&self) -> Connection {
        Connection::open(self.store()).unwrap()
    }

    /// Runs SQL on the store's file; each statement must be one that succeeds.
    pub fn sql(&self, sql: &str) {
        self.raw().execute_batch(sql).unwrap();
    }

    /// One number out of the store's file.
    pub fn number(&self, sql: &str) -> i64 {
        self.raw().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// How many rows each table has: what a refused command must leave as it was.
    pub fn rows(&self) -> Vec<(String, i64)> {
        let connection = self.raw();
        let mut names = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            .unwrap();
        let names: Vec<String> =
            names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(names.len() >= 9, "{names:?}");
        names
            .into_iter()
            .map(|name| {
                let count = connection
                    .query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0))
                    .unwrap();
                (name, count)
            })
            .collect()
    }
}
