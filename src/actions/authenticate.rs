//! Client authentication (RFC 6749 section 2.3): by a secret, or for a public client by its id alone.

use crate::actions::clients::secrets::{VerifyRefusal, verify};
use crate::credentials::format::{CredentialKind, recognise};
use crate::domain::client::Client;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind, SecretId};
use crate::domain::refusal::{Check, ClientRef, CredentialFault, Decision, Refusal};
use crate::domain::secret::SecretRecord;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::store::{Match, ReadTx, StoreError};

/// A client that called the service and is usable now.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    pub client: Client,
    /// The secret that proved its identity; `None` for a public client, whose identity is only claimed.
    pub secret: Option<SecretId>,
}

/// Authenticates a client by its id and secret. A public client has no secret.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn authenticate(
    read: &dyn ReadTx,
    client_id: &str,
    secret: Option<&SecretText>,
    now: Timestamp,
) -> Result<Decision<AuthenticatedClient>, StoreError> {
    let mut authenticated = false;
    let failed = match secret {
        Some(secret) => match verify(read, secret, now)? {
            Ok(SecretRecord { client, secret }) if client.id.as_str() == client_id => {
                return Ok(Decision::Allowed(AuthenticatedClient { client, secret: Some(secret.id) }));
            }
            Ok(SecretRecord { client, .. }) => Check::SecretOfOther(ClientRef::from(&client)),
            Err(VerifyRefusal::Secret(record, _) | VerifyRefusal::Client(record, _))
                if record.client.id.as_str() != client_id =>
            {
                Check::SecretOfOther(ClientRef::from(&record.client))
            }
            Err(refusal) => {
                // The secret itself is accepted, so the caller is the client, which may not be used now.
                authenticated = matches!(&refusal, VerifyRefusal::Client(record, _) if record.secret.refusal(now).is_none());
                check_of_secret(&refusal, now)
            }
        },
        None => Check::ConfidentialWithoutSecret,
    };
    // The client is read after every failure, so that an unknown client takes as long to refuse as a wrong secret.
    let client = match client_id.parse::<ClientId>() {
        Ok(id) => read.client(&id)?,
        Err(_) => None,
    };
    let Some(client) = client else {
        let refusal = Refusal::from(unknown_client(read, client_id)?).of_sent_id(Some(client_id));
        return Ok(Decision::Refused(Box::new(refusal)));
    };
    let failed = if client.is_confidential() {
        Some(failed)
    } else if secret.is_some() {
        Some(Check::PublicWithSecret)
    } else {
        Check::of_client(&client, now)
    };
    Ok(match failed {
        Some(check) => {
            let refusal = Refusal { client_authenticated: authenticated, ..Refusal::from(check).of(&client) };
            Decision::Refused(Box::new(refusal))
        }
        None => Decision::Allowed(AuthenticatedClient { client, secret: None }),
    })
}

/// Refuses a client that is disabled, expired or revoked at `now`.
///
/// # Errors
/// [`Refusal`] with the state, and since when.
pub fn ensure_usable(client: &Client, now: Timestamp) -> Result<(), Box<Refusal>> {
    match Check::of_client(client, now) {
        Some(check) => Err(Box::new(Refusal::from(check).of(client))),
        None => Ok(()),
    }
}

/// Returns the failed check for a client id that no client has. If the text is the name of a client, the check names that
/// client: integrators often send the name instead of the id.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn unknown_client(read: &dyn ReadTx, sent: &str) -> Result<Check, StoreError> {
    let mut meant = None;
    if let Ok(name) = sent.parse() {
        let handle = Handle::Name(name);
        for kind in [ClientKind::Key, ClientKind::Consumer] {
            if let Match::One(client) = read.find_client(kind, &handle)? {
                meant.get_or_insert(ClientRef::from(&client));
            }
        }
    }
    Ok(Check::ClientUnknown { sent: sent.to_owned(), meant })
}

/// Returns the check that a presented secret failed at `now`.
#[must_use]
pub fn check_of_secret(refusal: &VerifyRefusal, now: Timestamp) -> Check {
    match refusal {
        VerifyRefusal::Form(error) => Check::SecretMalformed((*error).into()),
        VerifyRefusal::NotASecret => Check::SecretMalformed(CredentialFault::OtherKind),
        VerifyRefusal::Unknown => Check::SecretUnknown,
        VerifyRefusal::Secret(record, _) => {
            Check::of_secret(&record.secret, now).unwrap_or(Check::SecretUnknown)
        }
        VerifyRefusal::Client(record, _) => {
            Check::of_client(&record.client, now).unwrap_or(Check::SecretUnknown)
        }
    }
}

/// Checks that a text is a credential of the expected kind, by its form.
///
/// # Errors
/// [`CredentialFault`] with the difference.
pub fn ensure_kind(credential: &SecretText, expected: &CredentialKind) -> Result<(), CredentialFault> {
    match recognise(credential) {
        Ok(kind) if kind == *expected => Ok(()),
        Ok(_) => Err(CredentialFault::OtherKind),
        Err(error) => Err(error.into()),
    }
}
