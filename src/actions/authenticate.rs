//! Who calls the service: a client that proves it by a secret, or a public one that can only say so.

use crate::credentials::format::{Recognised, recognise};
use crate::domain::client::Client;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind, SecretId};
use crate::domain::refusal::{Check, Malformed, Other};
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::HeldSecret;
use crate::store::{Match, ReadTx, StoreError};

use crate::actions::clients::secrets::{VerifyRefusal, verify};
use crate::actions::refusals::check_of_secret;

/// A request that is refused, with the check that failed. The caller learns much less than the administrator.
pub type Checked<T> = Result<T, Box<Check>>;

/// A client that has proved who it is, or a public one.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who it is.
    pub client: Client,
    /// By which secret; none if it is public.
    pub secret: Option<SecretId>,
}

/// Authenticates a client by its id and secret; a public one has none. Every refusal looks alike to the caller of the
/// service.
///
/// # Errors
/// The outer error is the store's; the inner one says which check failed.
pub fn authenticate(
    read: &dyn ReadTx,
    client_id: &str,
    secret: Option<&SecretText>,
    now: Timestamp,
) -> Result<Checked<Authenticated>, StoreError> {
    let refusal = match secret {
        Some(secret) => match verify(read, secret, now)? {
            Ok(HeldSecret { client, secret }) if client.id.as_str() == client_id => {
                return Ok(Ok(Authenticated { client, secret: Some(secret.id) }));
            }
            Ok(HeldSecret { client, .. }) => Check::SecretOfOther(Other::from(&client)),
            Err(VerifyRefusal::Secret(held, _) | VerifyRefusal::Client(held, _))
                if held.client.id.as_str() != client_id =>
            {
                Check::SecretOfOther(Other::from(&held.client))
            }
            Err(refusal) => check_of_secret(&refusal, now),
        },
        None => Check::ConfidentialWithoutSecret,
    };
    // Asked for whatever failed, so that an unknown client takes as long to refuse as a wrong secret.
    let client = match client_id.parse::<ClientId>() {
        Ok(id) => read.client(&id)?,
        Err(_) => None,
    };
    Ok(match client {
        None => Err(Box::new(unknown(read, client_id)?)),
        Some(client) if client.is_confidential() => Err(Box::new(refusal)),
        Some(_) if secret.is_some() => Err(Box::new(Check::PublicWithSecret)),
        Some(client) => accepted(&client, now).map(|()| Authenticated { client, secret: None }),
    })
}

/// Refuses a client that is disabled, expired or revoked at `now`.
///
/// # Errors
/// Says which, and since when.
pub fn accepted(client: &Client, now: Timestamp) -> Checked<()> {
    Check::of_client(client, now).map_or(Ok(()), |check| Err(Box::new(check)))
}

/// The check that failed for a client id that no client has. Integrators send the name for the id.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn unknown(read: &dyn ReadTx, sent: &str) -> Result<Check, StoreError> {
    let mut meant = None;
    if let Ok(name) = sent.parse() {
        let handle = Handle::Name(name);
        for kind in [ClientKind::Key, ClientKind::Consumer] {
            if let Match::One(client) = read.find_client(kind, &handle)? {
                meant.get_or_insert(Other::from(&client));
            }
        }
    }
    Ok(Check::ClientUnknown { sent: sent.to_owned(), meant })
}

/// Whether a text has the form of the credential that is wanted.
///
/// # Errors
/// Says why it can be none.
pub fn of_kind(plain: &SecretText, wanted: &Recognised) -> Result<(), Malformed> {
    match recognise(plain) {
        Ok(found) if found == *wanted => Ok(()),
        Ok(_) => Err(Malformed::OtherKind),
        Err(error) => Err(error.into()),
    }
}
