//! The objects of a race, inserted by SQL because sign-ins and commands would take longer than the races.

use std::path::Path;

use apiconn::credentials::digest::Digest;
use apiconn::credentials::mint;
use apiconn::credentials::mint::Random;
use apiconn::credentials::refresh;
use apiconn::domain::id::{ClientId, ClientKind, Environment};
use apiconn::domain::secret_text::SecretText;
use apiconn::domain::time::{Clock as _, SystemClock};
use rusqlite::{Connection, params};

use super::{CLIENTS, Credential, TIMEOUT};

const LIFETIME: i64 = 3_600_000;

/// The objects of one round.
pub struct Target {
    pub user: String,
    pub grant: String,
    /// The id of the access token `access`.
    pub token: String,
    pub access: String,
    /// One for each client, and one that is only introspected until the end.
    pub refreshes: Vec<String>,
    pub session: String,
    pub key: (String, String),
    pub consumer: (String, String),
}

impl Target {
    /// Returns the cookie header of a browser in which the user is signed in.
    pub fn cookie(&self) -> String {
        format!("Cookie: apiconn-session={}", self.session)
    }

    /// Returns the path of an authorization request of the consumer.
    pub fn authorization_request(&self) -> String {
        format!(
            "/oauth/authorize?response_type=code&client_id={}&code_challenge={}&code_challenge_method=S256",
            self.consumer.0,
            challenge()
        )
    }
}

/// Returns a well-formed code challenge.
fn challenge() -> String {
    "c".repeat(43)
}

/// Inserts the objects of all rounds.
pub fn targets(store: &Path, credential: Credential, rounds: usize) -> Result<Vec<Target>, String> {
    let make = || {
        let mut connection = Connection::open(store)?;
        connection.busy_timeout(TIMEOUT)?;
        let transaction = connection.transaction()?;
        let mut random = mint::system_random()?;
        let families = if credential == Credential::RefreshToken { CLIENTS + 1 } else { 1 };
        let targets = (0..rounds)
            .map(|_| target(&transaction, &mut *random, families))
            .collect::<Result<Vec<_>, rusqlite::Error>>()?;
        transaction.commit()?;
        Ok(targets)
    };
    make().map_err(|error: Box<dyn std::error::Error>| format!("inserting the targets: {error}"))
}

fn target(store: &Connection, random: &mut Random, families: usize) -> Result<Target, rusqlite::Error> {
    let now = SystemClock.now().millis();
    let user = format!("usr_{}", mint::id(random));
    store.execute(
        "INSERT INTO users (user_id, username, password_hash, created_at) VALUES (?1, ?2, '$argon2id$none', ?3)",
        params![user, format!("racer-{}", mint::id(random).to_lowercase()), now],
    )?;
    let user_seq = store.last_insert_rowid();
    let mut client = |kind: ClientKind| {
        let id = mint::client_id(random, kind, Environment::Test);
        let is_consumer = kind == ClientKind::Consumer;
        store.execute(
            "INSERT INTO clients (client_id, kind, name, scope, is_public, client_credentials, authorization_code, \
               redirect_uris, stored_state, stored_state_at, created_at, revision) \
             VALUES (?1, ?2, ?3, 'assets.read', 0, 1, ?4, ?5, 'active', ?6, ?6, 1)",
            params![
                id.as_str(),
                kind.noun(),
                format!("racer-{}", mint::id(random).to_lowercase()),
                is_consumer,
                if is_consumer { "https://racer.example/cb" } else { "" },
                now
            ],
        )?;
        let seq = store.last_insert_rowid();
        let secret = secret(store, random, kind, &id, seq, now)?;
        Ok::<_, rusqlite::Error>((seq, (id.to_string(), secret)))
    };
    let (_, key) = client(ClientKind::Key)?;
    let (consumer_seq, consumer) = client(ClientKind::Consumer)?;
    let grant = format!("grt_{}", mint::id(random));
    store.execute(
        "INSERT INTO grants (grant_id, user_seq, client_seq, scope, created_at) VALUES (?1, ?2, ?3, 'assets.read', ?4)",
        params![grant, user_seq, consumer_seq, now],
    )?;
    let grant_seq = store.last_insert_rowid();
    let token = |id: String, minted: mint::NewCredential, kind: &str, code_seq: i64| {
        // A refresh token is found by its selector, any other token by its whole text.
        let selector = refresh::selector(&minted.plain);
        let found_by = selector.as_ref().unwrap_or(&minted.digest);
        store.execute(
            "INSERT INTO tokens (token_id, digest, kind, client_seq, grant_seq, code_seq, scope, issued_at, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'assets.read', ?7, ?8)",
            params![
                id,
                found_by.as_bytes(),
                kind,
                consumer_seq,
                grant_seq,
                code_seq,
                now,
                now + LIFETIME
            ],
        )?;
        if selector.is_some() {
            store.execute(
                "INSERT INTO families (token_seq, newest) VALUES (last_insert_rowid(), ?1)",
                params![minted.digest.as_bytes()],
            )?;
        }
        Ok::<_, rusqlite::Error>((id, text(&minted.plain)))
    };
    let mut refreshes = Vec::new();
    let mut access = None;
    for _ in 0..families {
        store.execute(
            "INSERT INTO authorization_codes (digest, client_seq, grant_seq, redirect_uri, scope, code_challenge, \
               issued_at, expires_at, redeemed_at) \
             VALUES (randomblob(32), ?1, ?2, 'https://racer.example/cb', 'assets.read', ?3, ?4, ?4, ?4)",
            params![consumer_seq, grant_seq, challenge(), now],
        )?;
        let code_seq = store.last_insert_rowid();
        refreshes.push(token(token_id(random), mint::refresh_token(random), "refresh", code_seq)?.1);
        if access.is_none() {
            access = Some(token(token_id(random), mint::access_token(random), "access", code_seq)?);
        }
    }
    let (token, access) = access.unwrap_or_default();
    let session = mint::browser_secret(random);
    store.execute(
        "INSERT INTO sessions (digest, browser, user_seq, epoch, authenticated_at, last_seen_at, expires_at) \
         VALUES (?1, randomblob(32), ?2, 0, ?3, ?3, ?4)",
        params![Digest::of(&session).as_bytes(), user_seq, now, now + LIFETIME],
    )?;
    Ok(Target { user, grant, token, access, refreshes, session: text(&session), key, consumer })
}

fn token_id(random: &mut Random) -> String {
    format!("tok_{}", mint::id(random))
}

fn secret(
    store: &Connection,
    random: &mut Random,
    kind: ClientKind,
    client: &ClientId,
    seq: i64,
    now: i64,
) -> Result<String, rusqlite::Error> {
    let minted = mint::client_secret(random, kind, Environment::Test, client);
    store.execute(
        "INSERT INTO secrets (secret_id, client_seq, digest, hint, created_at, delivered_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        params![format!("sec_{}", mint::id(random)), seq, minted.digest.as_bytes(), minted.hint, now],
    )?;
    Ok(text(&minted.plain))
}

#[expect(clippy::disallowed_methods, reason = "a client knows its own credentials")]
fn text(plain: &SecretText) -> String {
    plain.expose().to_owned()
}
