//! Rows into domain types. What cannot be read back means a damaged or hand-edited file.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};

use crate::domain::client::{Client, Profile, StoredState};
use crate::domain::consumer::{Confidentiality, ConsumerProfile, GrantTypes};
use crate::domain::grant::{Grant, StoredGrantState};
use crate::domain::group::GroupScopes;
use crate::domain::id::ClientKind;
use crate::domain::secret::{Phase, Secret};
use crate::domain::span::Span;
use crate::domain::time::Timestamp;
use crate::domain::token::{Token, TokenKind};
use crate::domain::user::User;

fn unreadable(index: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        index,
        Type::Text,
        format!("a stored {what} cannot be read").into(),
    )
}

/// A text column as a domain type.
pub(crate) fn text<T: FromStr>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    parse(row, index, row.get_ref(index)?)
}

/// A text column that may be NULL.
pub(crate) fn optional_text<T: FromStr>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(index)? {
        ValueRef::Null => Ok(None),
        value => parse(row, index, value).map(Some),
    }
}

fn parse<T: FromStr>(row: &Row<'_>, index: usize, value: ValueRef<'_>) -> rusqlite::Result<T> {
    let name = || row.as_ref().column_name(index).unwrap_or("value").to_owned();
    value.as_str().ok().and_then(|text| text.parse().ok()).ok_or_else(|| unreadable(index, &name()))
}

pub(crate) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    row.get(index).map(Timestamp::from_millis)
}

pub(crate) fn optional_time(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_millis))
}

fn optional_span(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Span>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(Span::from_millis))
}

/// The columns of [`client`], from `clients c` left joined with `permission_groups p`.
pub(crate) const CLIENT: &str = "c.client_id, c.kind, c.name, c.title, c.description, c.owner, p.name, p.scope, c.scope, \
     c.is_public, c.client_credentials, c.authorization_code, c.redirect_uris, c.access_token_lifetime, \
     c.refresh_token_lifetime, c.stored_state, c.stored_state_at, c.stored_state_reason, c.created_at, c.expires_at, \
     c.last_used_at, c.revision";
pub(crate) const CLIENT_WIDTH: usize = 22;

/// A client from [`CLIENT`]'s columns, the first of which is number `at`.
pub(crate) fn client(row: &Row<'_>, at: usize) -> rusqlite::Result<Client> {
    let group = match optional_text(row, at + 6)? {
        Some(name) => Some(GroupScopes { name, scopes: text(row, at + 7)? }),
        None => None,
    };
    let kind = row.get_ref(at + 1)?.as_str()?;
    let profile = if kind == ClientKind::Key.noun() {
        Profile::Key
    } else {
        let types = [
            (GrantTypes::ClientCredentials, row.get(at + 10)?),
            (GrantTypes::AuthorizationCode, row.get(at + 11)?),
        ];
        let grant_types = match types {
            [(_, true), (_, true)] => GrantTypes::Both,
            [(machine, true), _] => machine,
            [_, (users, true)] => users,
            _ => return Err(unreadable(at + 10, "grant type")),
        };
        let uris = row.get_ref(at + 12)?.as_str()?;
        let redirect_uris = uris
            .split(' ')
            .filter(|uri| !uri.is_empty())
            .map(|uri| uri.parse().map_err(|_| unreadable(at + 12, "redirect URI")))
            .collect::<Result<_, _>>()?;
        Profile::Consumer(ConsumerProfile {
            title: optional_text(row, at + 3)?,
            grant_types,
            confidentiality: if row.get(at + 9)? {
                Confidentiality::Public
            } else {
                Confidentiality::Confidential
            },
            redirect_uris,
            access_token_lifetime: optional_span(row, at + 13)?,
            refresh_token_lifetime: optional_span(row, at + 14)?,
        })
    };
    let stored_state = match row.get_ref(at + 15)?.as_str()? {
        "active" => StoredState::Active,
        "disabled" => StoredState::Disabled { since: time(row, at + 16)? },
        "revoked" => StoredState::Revoked { at: time(row, at + 16)?, reason: optional_text(row, at + 17)? },
        _ => return Err(unreadable(at + 15, "stored_state")),
    };
    Ok(Client {
        id: text(row, at)?,
        name: text(row, at + 2)?,
        profile,
        description: optional_text(row, at + 4)?,
        owner: optional_text(row, at + 5)?,
        group,
        direct_scopes: text(row, at + 8)?,
        stored_state,
        created_at: time(row, at + 18)?,
        expires_at: optional_time(row, at + 19)?,
        last_used_at: optional_time(row, at + 20)?,
        revision: row.get(at + 21)?,
    })
}

/// The columns of [`secret`], from `secrets s`.
pub(crate) const SECRET: &str = "s.secret_id, s.hint, s.created_at, s.expires_at, s.delivered_at, s.revoked_at, s.last_used_at, s.uses, \
     s.first_used_at";
pub(crate) const SECRET_WIDTH: usize = 9;

/// How far a secret has come, from two columns.
pub(crate) fn phase(delivered_at: Option<Timestamp>, revoked_at: Option<Timestamp>) -> Phase {
    match (delivered_at, revoked_at) {
        (_, Some(at)) => Phase::Revoked(at),
        (Some(at), None) => Phase::Delivered(at),
        (None, None) => Phase::Pending,
    }
}

/// A secret from [`SECRET`]'s columns, the first of which is number `at`.
pub(crate) fn secret(row: &Row<'_>, at: usize) -> rusqlite::Result<Secret> {
    Ok(Secret {
        id: text(row, at)?,
        hint: row.get(at + 1)?,
        created_at: time(row, at + 2)?,
        expires_at: optional_time(row, at + 3)?,
        phase: phase(optional_time(row, at + 4)?, optional_time(row, at + 5)?),
        last_used_at: optional_time(row, at + 6)?,
        uses: row.get(at + 7)?,
        first_used_at: optional_time(row, at + 8)?,
    })
}

/// The columns of [`user`], from `users u`.
pub(crate) const USER: &str = "u.user_id, u.username, u.display_name, u.email, u.disabled_at, u.created_at";
pub(crate) const USER_WIDTH: usize = 6;

/// A user from [`USER`]'s columns, the first of which is number `at`.
pub(crate) fn user(row: &Row<'_>, at: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: text(row, at)?,
        username: text(row, at + 1)?,
        display_name: optional_text(row, at + 2)?,
        email: optional_text(row, at + 3)?,
        disabled_at: optional_time(row, at + 4)?,
        created_at: time(row, at + 5)?,
    })
}

/// The columns of [`grant`], from `grants g` joined with `users u` and `clients c`.
pub(crate) const GRANT: &str = "g.grant_id, u.user_id, u.username, c.client_id, c.name, g.scope, g.created_at, \
     g.last_used_at, g.revoked_at, g.revoke_reason, c.stored_state, c.stored_state_at, c.stored_state_reason";
pub(crate) const GRANT_WIDTH: usize = 13;

/// A grant from [`GRANT`]'s columns, the first of which is number `at`.
pub(crate) fn grant(row: &Row<'_>, at: usize) -> rusqlite::Result<Grant> {
    // A revoked consumer has taken its grants along, in its own row.
    let with_consumer = row.get_ref(at + 10)?.as_str()? == "revoked";
    let stored_state = match optional_time(row, at + 8)? {
        Some(revoked_at) => StoredGrantState::Revoked { at: revoked_at, reason: optional_text(row, at + 9)? },
        None if with_consumer => {
            StoredGrantState::Revoked { at: time(row, at + 11)?, reason: optional_text(row, at + 12)? }
        }
        None => StoredGrantState::Active,
    };
    Ok(Grant {
        id: text(row, at)?,
        user: text(row, at + 1)?,
        username: text(row, at + 2)?,
        client: text(row, at + 3)?,
        client_name: text(row, at + 4)?,
        scopes: text(row, at + 5)?,
        stored_state,
        created_at: time(row, at + 6)?,
        last_used_at: optional_time(row, at + 7)?,
    })
}

/// The columns of [`token`], from `tokens t`.
pub(crate) const TOKEN: &str =
    "t.token_id, t.kind, t.scope, t.issued_at, t.expires_at, t.revoked_at, t.used_at";
pub(crate) const TOKEN_WIDTH: usize = 7;

/// A token from [`TOKEN`]'s columns, the first of which is number `at`.
pub(crate) fn token(row: &Row<'_>, at: usize) -> rusqlite::Result<Token> {
    let kind = TokenKind::from_word(row.get_ref(at + 1)?.as_str()?)
        .ok_or_else(|| unreadable(at + 1, "token kind"))?;
    Ok(Token {
        id: text(row, at)?,
        kind,
        scopes: text(row, at + 2)?,
        issued_at: time(row, at + 3)?,
        expires_at: time(row, at + 4)?,
        revoked_at: optional_time(row, at + 5)?,
        used_at: optional_time(row, at + 6)?,
    })
}
