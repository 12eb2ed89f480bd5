//! Direct SQL access to the store, to damage it or to compare its content.

use rusqlite::Connection;

use super::App;

impl App {
    /// Opens a connection to the store.
    pub fn raw(&self) -> Connection {
        Connection::open(self.store()).unwrap()
    }

    /// Runs SQL statements, which must succeed.
    pub fn sql(&self, sql: &str) {
        self.raw().execute_batch(sql).unwrap();
    }

    /// Returns the number that a query selects.
    pub fn number(&self, sql: &str) -> i64 {
        self.raw().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Returns the number of rows of each table, which a failed command must not change.
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
