-- Schema 1 of an apiconn store.
--
-- Times are Unix milliseconds, UTC. Ids are text with a prefix. A set of scopes is a sorted list of words, separated by one
-- space. `seq` columns order rows inside this file; other programs must not rely on them. No credential is stored: secrets
-- and tokens are SHA-256 digests of their whole text, passwords are argon2id hashes in PHC form.

-- The base that this store belongs to. schema_digest is the SHA-256 of this schema without comments and optional white
-- space.
CREATE TABLE base (
  only_row       INTEGER PRIMARY KEY CHECK (only_row = 1),
  store_id       TEXT NOT NULL CHECK (length(store_id) = 24),
  name           TEXT NOT NULL,
  environment    TEXT NOT NULL CHECK (environment IN ('live', 'test')),
  created_at     INTEGER NOT NULL,
  schema_digest  BLOB NOT NULL CHECK (length(schema_digest) = 32)
) STRICT;

-- One row for each setting.
CREATE TABLE settings (
  name   TEXT PRIMARY KEY,
  value  TEXT NOT NULL
) STRICT;

-- Declared scopes. While the table is empty, any well-formed scope is accepted.
CREATE TABLE scopes (
  scope        TEXT PRIMARY KEY,
  description  TEXT NOT NULL,
  created_at   INTEGER NOT NULL
) STRICT;

-- Permission groups: named sets of scopes.
CREATE TABLE permission_groups (
  seq          INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  description  TEXT,
  scope        TEXT NOT NULL,
  created_at   INTEGER NOT NULL
) STRICT;

-- API keys (kind key) and consumers (kind consumer). A client has its direct scopes and those of its group. It is valid if
-- stored_state is active and expires_at is NULL or in the future. A lifetime or grace that is NULL is that of the setting;
-- refresh_family_lifetime is 0 if families of tokens do not end by time.
CREATE TABLE clients (
  seq                      INTEGER PRIMARY KEY,
  client_id                TEXT NOT NULL UNIQUE CHECK (length(client_id) BETWEEN 1 AND 255),
  kind                     TEXT NOT NULL CHECK (kind IN ('key', 'consumer')),
  name                     TEXT NOT NULL,
  title                    TEXT,
  description              TEXT,
  owner                    TEXT,
  group_seq                INTEGER REFERENCES permission_groups (seq),
  scope                    TEXT NOT NULL,
  is_public                INTEGER NOT NULL CHECK (is_public IN (0, 1)),
  client_credentials       INTEGER NOT NULL CHECK (client_credentials IN (0, 1)),
  authorization_code       INTEGER NOT NULL CHECK (authorization_code IN (0, 1)),
  redirect_uris            TEXT NOT NULL,
  web_origins              TEXT NOT NULL DEFAULT '' CHECK (is_public = 1 OR web_origins = ''),
  access_token_lifetime    INTEGER,
  refresh_token_lifetime   INTEGER,
  refresh_token_grace      INTEGER CHECK (refresh_token_grace BETWEEN 0 AND 300000),
  refresh_family_lifetime  INTEGER CHECK (refresh_family_lifetime >= 0),
  pkce                     TEXT NOT NULL DEFAULT 'required' CHECK (pkce IN ('required', 'optional')),
  refresh_rotation         TEXT NOT NULL DEFAULT 'on' CHECK (refresh_rotation IN ('on', 'off')),
  stored_state             TEXT NOT NULL CHECK (stored_state IN ('active', 'disabled', 'revoked')),
  stored_state_at          INTEGER NOT NULL,
  stored_state_reason      TEXT,
  created_at               INTEGER NOT NULL,
  expires_at               INTEGER,
  last_used_at             INTEGER,
  revision                 INTEGER NOT NULL,
  expires_order            INTEGER NOT NULL GENERATED ALWAYS AS (ifnull(expires_at, 9223372036854775807)) VIRTUAL,
  last_used_order          INTEGER NOT NULL GENERATED ALWAYS AS (ifnull(last_used_at, 0)) VIRTUAL,
  CHECK (client_credentials + authorization_code >= 1),
  CHECK (kind = 'consumer' OR (client_credentials = 1 AND authorization_code = 0 AND is_public = 0)),
  CHECK (is_public = 0 OR client_credentials = 0),
  CHECK ((is_public = 0 AND authorization_code = 1) OR (pkce = 'required' AND refresh_rotation = 'on'))
) STRICT;

CREATE UNIQUE INDEX clients_unrevoked_name ON clients (kind, name) WHERE stored_state <> 'revoked';
-- One index for each order of a list. stored_state precedes the ordering column, so that the few clients in a rare state are
-- one range. A list of several states merges one range for each.
CREATE INDEX clients_seq ON clients (kind, stored_state, seq);
CREATE INDEX clients_name ON clients (kind, stored_state, name, seq);
CREATE INDEX clients_expiry ON clients (kind, stored_state, expires_order, seq);
CREATE INDEX clients_use ON clients (kind, stored_state, last_used_order, seq);
CREATE INDEX clients_group ON clients (group_seq) WHERE group_seq IS NOT NULL;

CREATE TRIGGER clients_revoked_is_final BEFORE UPDATE OF stored_state ON clients
  WHEN OLD.stored_state = 'revoked' AND NEW.stored_state <> 'revoked'
  BEGIN SELECT RAISE(ABORT, 'revoked is final'); END;

-- Origins of browser applications, whose pages may read answers of the token and revocation endpoints (CORS): those of the
-- public consumers that are not revoked. Written with the row of the client. In an origin that ends with :* the port is any.
CREATE TABLE allowed_origins (
  origin      TEXT NOT NULL,
  client_seq  INTEGER NOT NULL REFERENCES clients (seq),
  PRIMARY KEY (origin, client_seq)
) WITHOUT ROWID, STRICT;

CREATE INDEX allowed_origins_client ON allowed_origins (client_seq);

-- Uses of clients by day, the number of days since 1970-01-01 in UTC, written about once a minute. The last 100 days are
-- kept.
CREATE TABLE client_days (
  client_seq  INTEGER NOT NULL REFERENCES clients (seq),
  day         INTEGER NOT NULL,
  uses        INTEGER NOT NULL CHECK (uses >= 0),
  PRIMARY KEY (client_seq, day)
) WITHOUT ROWID, STRICT;

CREATE INDEX client_days_day ON client_days (day);

-- The last day on which a client asked for a scope that it had. Written about once a minute.
CREATE TABLE client_scope_days (
  client_seq  INTEGER NOT NULL REFERENCES clients (seq),
  scope       TEXT NOT NULL,
  last_day    INTEGER NOT NULL,
  PRIMARY KEY (client_seq, scope)
) WITHOUT ROWID, STRICT;

-- Secrets of clients. A secret is valid if it was delivered, is not revoked, and expires_at is NULL or in the future.
-- first_used_at is written with the first token that was issued for it; last_used_at and uses are written about once a
-- minute.
CREATE TABLE secrets (
  seq            INTEGER PRIMARY KEY,
  secret_id      TEXT NOT NULL UNIQUE,
  client_seq     INTEGER NOT NULL REFERENCES clients (seq),
  digest         BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  hint           TEXT NOT NULL CHECK (length(hint) = 4),
  created_at     INTEGER NOT NULL,
  delivered_at   INTEGER,
  expires_at     INTEGER,
  revoked_at     INTEGER,
  first_used_at  INTEGER,
  last_used_at   INTEGER,
  uses           INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX secrets_client ON secrets (client_seq, seq);

CREATE TRIGGER secrets_digest_is_fixed BEFORE UPDATE OF digest, client_seq ON secrets
  BEGIN SELECT RAISE(ABORT, 'a secret does not change'); END;

-- Users who sign in. session_epoch is incremented when a user is disabled or enabled or gets another password; sessions of
-- an earlier epoch are invalid.
CREATE TABLE users (
  seq            INTEGER PRIMARY KEY,
  user_id        TEXT NOT NULL UNIQUE,
  username       TEXT NOT NULL UNIQUE,
  display_name   TEXT,
  email          TEXT,
  password_hash  TEXT NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  disabled_at    INTEGER,
  created_at     INTEGER NOT NULL,
  session_epoch  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX users_disabled ON users (username) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_seq_active ON users (seq) WHERE disabled_at IS NULL;
CREATE INDEX users_seq_disabled ON users (seq) WHERE disabled_at IS NOT NULL;

-- A user's authorization of a consumer. A pair has at most one grant that is not revoked.
CREATE TABLE grants (
  seq            INTEGER PRIMARY KEY,
  grant_id       TEXT NOT NULL UNIQUE,
  user_seq       INTEGER NOT NULL REFERENCES users (seq),
  client_seq     INTEGER NOT NULL REFERENCES clients (seq),
  scope          TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  last_used_at   INTEGER,
  revoked_at     INTEGER,
  revoke_reason  TEXT
) STRICT;

CREATE UNIQUE INDEX grants_active_pair ON grants (user_seq, client_seq) WHERE revoked_at IS NULL;
CREATE INDEX grants_active ON grants (seq) WHERE revoked_at IS NULL;
CREATE INDEX grants_active_id ON grants (grant_id) WHERE revoked_at IS NULL;
CREATE INDEX grants_revoked ON grants (seq) WHERE revoked_at IS NOT NULL;
CREATE INDEX grants_client ON grants (client_seq, seq);
CREATE INDEX grants_user ON grants (user_seq, seq);
CREATE INDEX grants_user_revoked ON grants (user_seq, revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TRIGGER grants_revoked_is_final BEFORE UPDATE OF revoked_at ON grants
  WHEN OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at
  BEGIN SELECT RAISE(ABORT, 'revoked is final'); END;

-- Sessions of signed-in users. A session is valid if it has not ended, its epoch is that of its user, its user is not
-- disabled, expires_at is in the future, and last_seen_at, which is written about once a minute, is less than an hour ago.
-- browser is the digest of a cookie that outlives the session. A user has at most 100 rows.
CREATE TABLE sessions (
  seq               INTEGER PRIMARY KEY,
  digest            BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  browser           BLOB NOT NULL CHECK (length(browser) = 32),
  user_seq          INTEGER NOT NULL REFERENCES users (seq),
  epoch             INTEGER NOT NULL,
  authenticated_at  INTEGER NOT NULL,
  last_seen_at      INTEGER NOT NULL,
  expires_at        INTEGER NOT NULL,
  ended_at          INTEGER
) STRICT;

CREATE INDEX sessions_browser ON sessions (browser, user_seq);
CREATE INDEX sessions_user ON sessions (user_seq, seq);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Answered consent forms, so that a decision counts once. A form is not stored before its decision. digest is that of the
-- form's seal; the row is deleted when the form has expired.
CREATE TABLE consent_decisions (
  digest       BLOB PRIMARY KEY CHECK (length(digest) = 32),
  session_seq  INTEGER NOT NULL REFERENCES sessions (seq) ON DELETE CASCADE,
  expires_at   INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE INDEX consent_decisions_session ON consent_decisions (session_seq, expires_at);
CREATE INDEX consent_decisions_expiry ON consent_decisions (expires_at);

-- Authorization codes, at most 60 of a grant within an hour. A code is redeemed once. All tokens that descend from a code refer to it, so that ended_at revokes
-- all of them in one row, e.g. when a code or a used refresh token is presented again. The lifetime of the refresh tokens as
-- a whole begins with issued_at.
CREATE TABLE authorization_codes (
  seq                 INTEGER PRIMARY KEY,
  digest              BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  client_seq          INTEGER NOT NULL REFERENCES clients (seq),
  grant_seq           INTEGER NOT NULL REFERENCES grants (seq),
  redirect_uri        TEXT NOT NULL,
  scope               TEXT NOT NULL,
  code_challenge      TEXT CHECK (length(code_challenge) = 43),
  needs_redirect_uri  INTEGER NOT NULL DEFAULT 0 CHECK (needs_redirect_uri IN (0, 1)),
  issued_at           INTEGER NOT NULL,
  expires_at          INTEGER NOT NULL,
  redeemed_at         INTEGER,
  ended_at            INTEGER,
  CHECK (code_challenge IS NULL OR needs_redirect_uri = 0)
) STRICT;

CREATE INDEX authorization_codes_grant ON authorization_codes (grant_seq, issued_at);

-- Tokens. A token is valid if it is neither expired nor revoked, its client is valid, the secret for which it was issued is
-- not revoked, its code has not ended, its grant is not revoked, and the grant's user is not disabled. A refresh token also
-- ends with the lifetime of its family, which is not stored. digest is that of an access token, or that of the selector of a
-- refresh token: 22 characters that all refresh tokens of a family have in common. An exchange of a refresh token changes
-- its row, so that the number of rows does not grow with the number of exchanges.
CREATE TABLE tokens (
  seq         INTEGER PRIMARY KEY,
  token_id    TEXT NOT NULL UNIQUE,
  digest      BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  kind        TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
  client_seq  INTEGER NOT NULL REFERENCES clients (seq),
  secret_seq  INTEGER REFERENCES secrets (seq),
  grant_seq   INTEGER REFERENCES grants (seq),
  code_seq    INTEGER REFERENCES authorization_codes (seq),
  scope       TEXT NOT NULL,
  issued_at   INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  revoked_at  INTEGER,
  CHECK (kind = 'access' OR code_seq IS NOT NULL)
) STRICT;

CREATE INDEX tokens_expiry ON tokens (expires_at);
CREATE INDEX tokens_client ON tokens (client_seq, seq);
CREATE INDEX tokens_grant ON tokens (grant_seq, seq) WHERE grant_seq IS NOT NULL;

-- The chain of the refresh tokens of each family, one row for each row of kind refresh. newest and previous are the digests
-- of the two last tokens. The newest one is the HMAC-SHA-256 of nonce under the previous one, which is not stored; nonce is
-- NULL once the newest token was used or the grace of the exchange is over. previous_expires_at is the expiry of the previous
-- token.
CREATE TABLE families (
  token_seq            INTEGER PRIMARY KEY REFERENCES tokens (seq) ON DELETE CASCADE,
  newest               BLOB NOT NULL CHECK (length(newest) = 32),
  previous             BLOB CHECK (length(previous) = 32),
  nonce                BLOB CHECK (length(nonce) = 32),
  exchanged_at         INTEGER,
  previous_expires_at  INTEGER,
  CHECK ((previous IS NULL) = (exchanged_at IS NULL) AND (previous IS NULL) = (previous_expires_at IS NULL)),
  CHECK (nonce IS NULL OR previous IS NOT NULL)
) STRICT;

CREATE INDEX families_nonce ON families (exchanged_at) WHERE nonce IS NOT NULL;

-- Refused requests, with the reason in words for the administrator. Equal ones of a minute share a row with a count, and
-- later_requests has the last ids. The last 8,000 of clients and 2,000 others are kept. Texts that clients sent are
-- shortened and contain no credential. host is the host that the request named.
CREATE TABLE refusals (
  seq                   INTEGER PRIMARY KEY,
  request_id            TEXT NOT NULL UNIQUE,
  at                    INTEGER NOT NULL,
  last_at               INTEGER NOT NULL,
  later_requests        TEXT NOT NULL DEFAULT '' CHECK (length(later_requests) <= 200),
  endpoint              TEXT NOT NULL,
  host                  TEXT CHECK (length(host) <= 255),
  error                 TEXT,
  client_id             TEXT,
  client_name           TEXT,
  client_authenticated  INTEGER NOT NULL CHECK (client_authenticated IN (0, 1)),
  username              TEXT,
  failed_check          TEXT NOT NULL,
  why                   TEXT NOT NULL CHECK (length(why) <= 1000),
  suggested_command     TEXT CHECK (length(suggested_command) <= 1000),
  count                 INTEGER NOT NULL CHECK (count >= 1),
  equality              BLOB NOT NULL CHECK (length(equality) = 16),
  CHECK (client_name IS NULL OR client_id IS NOT NULL)
) STRICT;

CREATE INDEX refusals_equal ON refusals (equality, at);
CREATE INDEX refusals_client ON refusals (client_id, seq) WHERE client_name IS NOT NULL;
CREATE INDEX refusals_clients ON refusals (seq) WHERE client_name IS NOT NULL;
CREATE INDEX refusals_other ON refusals (seq) WHERE client_name IS NULL;

-- Counters of failed authentication attempts, deleted an hour after the last failure. subject is the SHA-256 of a user id or
-- a range of addresses; for a name that no user has, and for a client id, it is that of 12 bits of the text's digest.
-- leaked_at is the time up to which the failures of a range of addresses were forgotten one by one.
CREATE TABLE throttles (
  kind             TEXT NOT NULL
    CHECK (kind IN ('password', 'known_browser', 'password_from', 'password_from_site', 'client_secret',
                    'client_secret_from', 'client_secret_from_site')),
  subject          BLOB NOT NULL CHECK (length(subject) = 32),
  failures         INTEGER NOT NULL CHECK (failures >= 1),
  last_failure_at  INTEGER NOT NULL,
  leaked_at        INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) WITHOUT ROWID, STRICT;

CREATE INDEX throttles_last ON throttles (last_failure_at);

-- The row that a check of the store commits and deletes again. A run that ended in between has left it.
CREATE TABLE write_checks (
  seq      INTEGER PRIMARY KEY,
  payload  BLOB NOT NULL
) STRICT;

-- Records of all changes, a hash chain. `apiconn audit verify` checks it.
CREATE TABLE audit (
  sequence     INTEGER PRIMARY KEY CHECK (sequence >= 1),
  scheme       INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  operation    TEXT NOT NULL,
  event        TEXT NOT NULL,
  object_id    TEXT NOT NULL,
  object_name  TEXT NOT NULL,
  fields       TEXT NOT NULL,
  reason       TEXT,
  via          TEXT NOT NULL,
  uid          INTEGER,
  login_uid    INTEGER,
  sudo_user    TEXT,
  terminal     TEXT,
  host         TEXT,
  ci_job       TEXT,
  version      TEXT NOT NULL,
  previous     BLOB NOT NULL CHECK (length(previous) = 32),
  hash         BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_object ON audit (object_id, sequence);
CREATE INDEX audit_name ON audit (object_name, sequence);
CREATE INDEX audit_operation ON audit (operation);
-- The changes that users made to their grants, of which each user may make few within an hour.
CREATE INDEX audit_grant_changes ON audit (object_id, at)
  WHERE via = 'serve' AND event IN ('grant.create', 'grant.edit', 'grant.revoke');

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append only'); END;
