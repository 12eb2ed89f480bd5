//! A client's secrets: minting, handing over, rotating, checking.
//!
//! A secret is committed as pending, then shown or written, then activated in a second transaction. Killed in between,
//! it stays pending and is refused for ever; a run that could not hand it over withdraws it. Exit 0 follows the second
//! commit.

use crate::credentials::digest::Digest;
use crate::credentials::format::{FormatError, Recognised, recognise};
use crate::credentials::mint;
use crate::domain::audit::Verb;
use crate::domain::client::{Client, ClientRefusal, StoredState};
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind, SecretId};
use crate::domain::secret::{LIVE_SECRETS, Phase, Secret, SecretRefusal};
use crate::domain::secret_text::SecretText;
use crate::domain::time::{Span, Timestamp};
use crate::domain::token::HeldSecret;
use crate::store::{ReadTx, StoreError};

use crate::actions::{ActionError, Change, clients};

/// Less than that would end the old secret without the question that `--now` asks.
const SHORTEST_OVERLAP: Span = Span::seconds(1);

/// What becomes of the secrets that a new one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// They stay accepted for that long.
    Overlap(Span),
    /// They end when the new one is handed over.
    Now,
}

/// A secret on its way to its reader.
pub struct Issued {
    /// Its public id.
    pub id: SecretId,
    /// Whose it is.
    pub client: ClientId,
    /// To be handed over once.
    pub plain: SecretText,
    rotation: Option<Rotation>,
}

/// Mints a secret that is refused until it is delivered.
pub(crate) fn mint_pending(
    change: &mut Change<'_>,
    client: &Client,
    rotation: Option<Rotation>,
) -> Result<Issued, ActionError> {
    let minted = mint::client_secret(change.random(), &client.id);
    let secret = Secret {
        id: SecretId::from_random(&mint::id(change.random())),
        hint: minted.hint,
        created_at: change.now(),
        expires_at: None,
        phase: Phase::Pending,
        first_used_at: None,
        last_used_at: None,
        uses: 0,
    };
    change.write().insert_secret(&client.id, &secret, &minted.digest)?;
    Ok(Issued { id: secret.id, client: client.id.clone(), plain: minted.plain, rotation })
}

/// What a rotation does to the secrets that were live before it, once the new one is handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    /// The last characters of a secret that was never used and is revoked.
    pub replaced: Option<String>,
    /// The last characters of the secret that stays accepted, and until when.
    pub retiring: Option<(String, Timestamp)>,
}

fn consequences(client: &Client, live: &[&Secret], rotation: Rotation, now: Timestamp) -> Consequences {
    let Rotation::Overlap(overlap) = rotation else { return Consequences::default() };
    let (replaced, kept) =
        if live.len() >= LIVE_SECRETS { (Some(live[0]), live.get(1)) } else { (None, live.first()) };
    Consequences {
        replaced: replaced.map(|secret| secret.hint.clone()),
        retiring: kept.map(|secret| (secret.hint.clone(), retirement(client, secret, overlap, now))),
    }
}

/// When a secret ends that a new one follows: never later than it would have, nor than its client.
fn retirement(client: &Client, secret: &Secret, overlap: Span, now: Timestamp) -> Timestamp {
    [secret.expires_at, client.expires_at].into_iter().flatten().fold(now.plus(overlap), Timestamp::min)
}

/// Mints a second secret. Nothing else changes until it is delivered.
///
/// # Errors
/// Refuses public, revoked and expired clients, and a third live secret unless the newest was never used.
pub fn rotate(
    change: &mut Change<'_>,
    kind: ClientKind,
    handle: &Handle,
    rotation: Option<Rotation>,
) -> Result<(Client, Issued, Consequences), ActionError> {
    let client = crate::actions::resolve::client(change.read(), kind, handle)?;
    let (noun, name, now) = (kind.noun(), client.name.clone(), change.now());
    if !client.is_confidential() {
        return Err(ActionError::Public { name });
    }
    match (&client.stored_state, client.expires_at) {
        (StoredState::Revoked { .. }, _) => return Err(ActionError::Ended { noun, name }),
        (_, Some(at)) if at <= now => return Err(ActionError::Expired { noun, name, at }),
        _ => {}
    }
    let rotation = match rotation {
        Some(rotation) => rotation,
        None => Rotation::Overlap(change.read().settings()?.rotation_overlap),
    };
    match rotation {
        Rotation::Now => change.require_reason()?,
        Rotation::Overlap(overlap) if overlap < SHORTEST_OVERLAP => {
            return Err(ActionError::Invalid(
                "an overlap is 1s at least; --now ends the old secret when the new one is handed over"
                    .to_owned(),
            ));
        }
        Rotation::Overlap(_) => {}
    }
    let secrets = change.read().secrets_of(&client.id)?;
    let live: Vec<&Secret> = secrets.iter().filter(|secret| secret.is_live(now)).collect();
    if live.len() >= LIVE_SECRETS && rotation != Rotation::Now && live[0].was_used() {
        return Err(ActionError::TwoSecrets { noun, name, older_ends: live[1].expires_at });
    }
    let consequences = consequences(&client, &live, rotation, now);
    for stray in secrets.iter().filter(|secret| secret.phase == Phase::Pending) {
        change.write().revoke_secret(&stray.id)?;
    }
    let issued = mint_pending(change, &client, Some(rotation))?;
    change.record(kind, Verb::Rotate, &client.id, &client.name, vec!["secrets"]);
    Ok((client, issued, consequences))
}

/// Activates a secret that has reached its reader, and sets the end of those before it.
///
/// # Errors
/// Fails where another process ended the secret or its client meanwhile.
pub fn deliver(change: &mut Change<'_>, issued: &Issued) -> Result<(), ActionError> {
    let now = change.now();
    let client = owner(change.read(), issued)?;
    let overtaken = || ActionError::Overtaken { noun: client.kind().noun(), name: client.name.clone() };
    if client.refusal(now) == Some(ClientRefusal::Revoked) || !change.write().deliver_secret(&issued.id)? {
        return Err(overtaken());
    }
    match issued.rotation {
        None => {}
        Some(Rotation::Overlap(overlap)) => retire_older(change, &client, issued, overlap)?,
        Some(Rotation::Now) => {
            // Also what a former rotation has retired: tokens obtained with it may still be out.
            for secret in change.read().secrets_of(&client.id)?.iter().filter(|secret| secret.id != issued.id)
            {
                change.write().revoke_secret(&secret.id)?;
            }
        }
    }
    change.record(client.kind(), Verb::Deliver, &client.id, &client.name, vec!["secrets"]);
    Ok(())
}

/// Sets the end of the secrets before a new one. Of two, the newest was never used, so nobody misses it.
fn retire_older(
    change: &mut Change<'_>,
    client: &Client,
    issued: &Issued,
    overlap: Span,
) -> Result<(), ActionError> {
    let now = change.now();
    let secrets = change.read().secrets_of(&client.id)?;
    let mut older: Vec<&Secret> =
        secrets.iter().filter(|secret| secret.id != issued.id && secret.is_live(now)).collect();
    if older.len() >= LIVE_SECRETS {
        let newest = older.remove(0);
        // It may have been used since `rotate` looked.
        if newest.was_used() {
            return Err(ActionError::Overtaken { noun: client.kind().noun(), name: client.name.clone() });
        }
        change.write().revoke_secret(&newest.id)?;
    }
    for secret in older {
        change.write().expire_secret(&secret.id, retirement(client, secret, overlap, now))?;
    }
    Ok(())
}

/// Ends a secret that did not reach its reader; a client that was made with it ends too.
///
/// # Errors
/// Fails where the store cannot be written.
pub fn withdraw(change: &mut Change<'_>, issued: &Issued) -> Result<(), ActionError> {
    let client = owner(change.read(), issued)?;
    change.write().revoke_secret(&issued.id)?;
    change.record(client.kind(), Verb::Withdraw, &client.id, &client.name, vec!["secrets"]);
    if issued.rotation.is_none() && !matches!(client.stored_state, StoredState::Revoked { .. }) {
        clients::end(change, &client, None)?;
    }
    Ok(())
}

fn owner(read: &dyn ReadTx, issued: &Issued) -> Result<Client, ActionError> {
    Ok(read.client(&issued.client)?.ok_or_else(|| StoreError::Damaged("a client is gone".to_owned()))?)
}

/// Ends a secret that somebody presents, and only that one; true if it was not ended already. Having it is proof enough:
/// whoever found it may not know whose it is.
///
/// # Errors
/// Asks for a reason where the base wants one.
pub fn revoke_presented(change: &mut Change<'_>, plain: &SecretText) -> Result<bool, ActionError> {
    let Some(held) = change.read().secret_by_digest(&Digest::of(plain))? else { return Ok(false) };
    if matches!(held.secret.phase, Phase::Revoked(_)) {
        return Ok(false);
    }
    change.require_reason()?;
    change.write().revoke_secret(&held.secret.id)?;
    change.record(
        held.client.kind(),
        Verb::RevokeSecret,
        &held.client.id,
        &held.client.name,
        vec!["secrets"],
    );
    Ok(true)
}

/// Why a presented secret is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyRefusal {
    /// Its form is wrong; no store was asked.
    Form(FormatError),
    /// A token or code where a secret was wanted.
    NotASecret,
    /// No client has this secret.
    Unknown,
    /// The secret is refused.
    Secret(Box<HeldSecret>, SecretRefusal),
    /// Its client is refused.
    Client(Box<HeldSecret>, ClientRefusal),
}

/// The client that a text says it is the secret of, judged by the form alone.
///
/// # Errors
/// Says why the text can be no secret.
pub fn recognise_secret(plain: &SecretText) -> Result<ClientId, VerifyRefusal> {
    match recognise(plain) {
        Ok(Recognised::ClientSecret(id)) => Ok(id),
        Ok(Recognised::AccessToken | Recognised::RefreshToken | Recognised::AuthorizationCode) => {
            Err(VerifyRefusal::NotASecret)
        }
        Err(error) => Err(VerifyRefusal::Form(error)),
    }
}

/// Whether a secret is accepted at `now`, and whose it is.
///
/// # Errors
/// The outer error is the store's; the inner one says why the secret is refused.
pub fn verify(
    read: &dyn ReadTx,
    plain: &SecretText,
    now: Timestamp,
) -> Result<Result<HeldSecret, VerifyRefusal>, StoreError> {
    if let Err(refusal) = recognise_secret(plain) {
        return Ok(Err(refusal));
    }
    let Some(held) = read.secret_by_digest(&Digest::of(plain))? else {
        return Ok(Err(VerifyRefusal::Unknown));
    };
    if let Some(refusal) = held.client.refusal(now) {
        return Ok(Err(VerifyRefusal::Client(Box::new(held), refusal)));
    }
    if let Some(refusal) = held.secret.refusal(now) {
        return Ok(Err(VerifyRefusal::Secret(Box::new(held), refusal)));
    }
    Ok(Ok(held))
}
