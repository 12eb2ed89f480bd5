//! Stores of a given size with the schema of the program, filled by SQL: random digests, and ages and states as after a
//! year of use.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use apiconn::domain::time::{Clock as _, SystemClock};
use rusqlite::Connection;

use crate::measure::{Failed, apiconn};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const GROUPS: i64 = 10;

/// Numbers of rows. Row numbers begin at 1; rows with larger numbers are newer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Content {
    /// API keys, named `key-N` with seven digits.
    pub keys: i64,
    /// Consumers with all grant types, named `app-N`.
    pub consumers: i64,
    /// Users, named `user-N`; the oldest 1 % are disabled.
    pub users: i64,
    /// Grants of the user with the same number, spread over all consumers.
    pub grants: i64,
    /// Tokens, half of them of keys and half under grants.
    pub tokens: i64,
    /// Audit records besides those of the creation. Their hashes are random, because lists do not check them.
    pub audit: i64,
}

/// A store in a temporary folder, which is removed on drop.
pub struct Filled {
    folder: tempfile::TempDir,
    connection: Connection,
}

impl Filled {
    /// Creates a store with the program and fills it.
    pub fn new(content: Content) -> Result<Self, Failed> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let path = folder.path().join("base.db");
        let made = apiconn(&path).args(["init", "--base", "Numbers"]).stdout(Stdio::null()).output()?;
        if !made.status.success() {
            return Err(Failed(format!("init: {}", String::from_utf8_lossy(&made.stderr))));
        }
        let connection = Connection::open(&path)?;
        // Only for this connection: the content can be created again after a crash.
        connection.execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY;
             PRAGMA wal_autocheckpoint = 20000;",
        )?;
        let filled = Self { folder, connection };
        filled.fill(content)?;
        filled.checkpoint()?;
        Ok(filled)
    }

    /// Returns the path of the store.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("base.db")
    }

    /// Runs SQL statements on the connection that filled the store.
    pub fn execute(&self, sql: &str) -> Result<(), Failed> {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Returns the text that a query selects.
    pub fn text(&self, sql: &str) -> Result<String, Failed> {
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Moves the -wal file into the main file, so that the next measurement does not read a long -wal.
    pub fn checkpoint(&self) -> Result<(), Failed> {
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn fill(&self, content: Content) -> Result<(), Failed> {
        // Creating the indexes after the rows is faster than updating them for each row.
        let mut statement = self
            .connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?;
        let indexes: Vec<(String, String)> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        drop(statement);
        let mut script = "BEGIN IMMEDIATE;".to_owned();
        for (name, _) in &indexes {
            let _ = write!(script, "DROP INDEX {name};");
        }
        script.push_str(&rows(content));
        for (_, sql) in &indexes {
            let _ = write!(script, "{sql};");
        }
        script.push_str("COMMIT;");
        self.execute(&script)
    }
}

/// Returns `INSERT INTO into SELECT columns` for n = 1 to `count`.
fn series(count: i64, into: &str, columns: &str) -> String {
    if count == 0 {
        return String::new();
    }
    format!(
        "INSERT INTO {into} WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) \
         SELECT {columns} FROM numbers;"
    )
}

/// SQL expression for the twelve random characters of an id.
const RANDOM_ID: &str = "hex(randomblob(6))";

fn rows(content: Content) -> String {
    let now = SystemClock.now().millis();
    let Content { keys, consumers, users, grants, tokens, audit } = content;
    let mut script = String::from(
        "INSERT INTO scopes (scope, description, created_at) VALUES
           ('assets.read', 'Read', 0), ('work_orders.write', 'Write', 0);",
    );
    script.push_str(&series(
        GROUPS,
        "permission_groups (name, scope, created_at)",
        &format!("'group-' || n, 'assets.read work_orders.write', {now}"),
    ));
    // Clients of one year: every tenth is disabled, every tenth revoked, and every second expires after 90 days.
    let clients = |count: i64, kind: &str, name: &str, id: &str, code: i64, uri: &str| {
        let born = format!("({now} - ({count} - n) * {} / {count})", 365 * DAY);
        series(
            count,
            "clients (client_id, kind, name, group_seq, scope, is_public, client_credentials, authorization_code, \
               redirect_uris, stored_state, stored_state_at, created_at, expires_at, last_used_at, revision)",
            &format!(
                "'{id}_test_' || {RANDOM_ID}, '{kind}', printf('{name}-%07d', n * 7919 % {count}), \
                 iif(n % 3 = 0, n % {GROUPS} + 1, NULL), 'assets.read', 0, 1, {code}, '{uri}', \
                 CASE n % 10 WHEN 3 THEN 'disabled' WHEN 7 THEN 'revoked' ELSE 'active' END, {born}, {born}, \
                 iif(n % 2 = 0, {born} + {}, NULL), iif(n % 3 = 0, NULL, {born} + n % {DAY}), 1",
                90 * DAY
            ),
        )
    };
    script.push_str(&clients(keys, "key", "key", "apck", 0, ""));
    script.push_str(&clients(consumers, "consumer", "app", "apcc", 1, "https://app.example/cb"));
    script.push_str(&series(
        keys,
        "secrets (secret_id, client_seq, digest, hint, created_at, delivered_at)",
        &format!("'sec_' || {RANDOM_ID}, n, randomblob(32), 'hint', {now}, {now}"),
    ));
    script.push_str(&series(
        users,
        "users (user_id, username, display_name, password_hash, disabled_at, created_at)",
        &format!(
            "'usr_' || {RANDOM_ID}, printf('user-%07d', n * 7919 % {users}), 'User', '$argon2id$none', \
             iif(n * 100 <= {users}, {now}, NULL), {now} - ({users} - n)"
        ),
    ));
    script.push_str(&series(
        grants,
        "grants (grant_id, user_seq, client_seq, scope, created_at, revoked_at)",
        &format!(
            "'grt_' || {RANDOM_ID}, (n - 1) % {users} + 1, {keys} + n * 7919 % {consumers} + 1, 'assets.read', \
             {now} - ({grants} - n), iif(n % 10 = 7, {now}, NULL)"
        ),
    ));
    // Access tokens with a lifetime of one hour, the oldest two days old, as before a cleanup.
    let issued = format!("({now} - ({tokens} - n) * {} / {tokens})", 48 * HOUR);
    script.push_str(&series(
        tokens,
        "tokens (token_id, digest, kind, client_seq, secret_seq, grant_seq, scope, issued_at, expires_at, revoked_at)",
        &format!(
            "'tok_' || {RANDOM_ID}, randomblob(32), 'access', \
             iif(n % 2 = 0, n * 7919 % {keys} + 1, (SELECT client_seq FROM grants WHERE seq = n % {grants} + 1)), \
             iif(n % 2 = 0, n * 7919 % {keys} + 1, NULL), iif(n % 2 = 0, NULL, n % {grants} + 1), 'assets.read', \
             {issued}, {issued} + {HOUR}, iif(n % 20 = 9, {now}, NULL)"
        ),
    ));
    script.push_str(&series(
        audit,
        "audit (sequence, scheme, at, operation, event, object_id, object_name, fields, via, uid, host, version, previous, hash)",
        &format!(
            "(SELECT max(sequence) FROM audit) + n, 1, {now} - ({audit} - n), 'op_' || {RANDOM_ID}, \
             iif(n % 2 = 0, 'key.create', 'key.deliver'), 'apck_test_' || {RANDOM_ID}, 'key-' || n, 'name,scope', \
             'cli', 1000, 'host', '0.1.0', randomblob(32), randomblob(32)"
        ),
    ));
    script
}

/// Returns the size of a file in bytes, or 0 if it cannot be read.
pub fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}
