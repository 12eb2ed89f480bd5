//! The consent of a user, and the authorization code that follows from it.

use crate::actions::authenticate::ensure_usable;
use crate::actions::oauth::authorize::destination::redirect_target;
use crate::actions::{ActionError, Change, grants, sessions};
use crate::credentials::digest::Digest;
use crate::credentials::mint;
use crate::domain::State;
use crate::domain::code::CODE_LIFETIME;
use crate::domain::refusal::{Check, Refusal};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::store::codes::{ConsentRequest, NewCode};
use crate::store::{StoreError, WriteTx};

/// The lifetime of a consent page.
pub const CONSENT_LIFETIME: Span = Span::minutes(10);

/// The number of expired consent requests that are deleted with each new one. Bounds the table.
const SWEEP: u32 = 4;

/// Stores a consent request and returns the token for the form of the consent page.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn ask(
    write: &mut dyn WriteTx,
    random: &mut mint::Random,
    now: Timestamp,
    session: &Digest,
    request: &ConsentRequest,
) -> Result<SecretText, StoreError> {
    let form = mint::browser_secret(random);
    write.sweep_consent_requests(now, SWEEP)?;
    write.insert_consent_request(&Digest::of(&form), session, request, now.plus(CONSENT_LIFETIME))?;
    Ok(form)
}

/// The basis on which a code is issued.
#[derive(Clone, Debug)]
pub enum Allowance {
    /// The user answered the consent page and allowed these scopes.
    Given(ScopeSet),
    /// The grant in force covered the request when it was checked.
    ExistingGrant,
}

/// The reason why no code is issued, and the recipient of the error.
#[derive(Clone, Debug)]
pub enum AuthorizationRefusal {
    /// The client or the redirect URI is not accepted any more. The error is shown on a page.
    Destination(Box<Refusal>),
    /// The error is sent to the client.
    Request(Box<Refusal>),
    /// The grant was revoked, or the consent request was already answered. The flow starts again, so that a revoked grant
    /// is not created again without asking the user.
    Lapsed,
}

/// Processes the answer of the consent page. The consent request is deleted, so a second answer is refused.
///
/// # Errors
/// [`ActionError`] of [`grants::authorize`]. A refusal is the inner error.
pub fn answer_consent(
    change: &mut Change<'_>,
    session: &Digest,
    form: &Digest,
    request: &ConsentRequest,
    allowed: ScopeSet,
) -> Result<Result<SecretText, AuthorizationRefusal>, ActionError> {
    if !change.write().take_consent_request(form, session)? {
        return Ok(Err(AuthorizationRefusal::Lapsed));
    }
    allow(change, session, request, &Allowance::Given(allowed))
}

/// Creates or widens the grant and issues an authorization code. Scopes that were not requested are ignored, even if the
/// form contains them. Every object is read again in this transaction, because an administrator may have revoked it since
/// the request was checked.
///
/// # Errors
/// [`ActionError`] of [`grants::authorize`]. A refusal is the inner error.
pub fn allow(
    change: &mut Change<'_>,
    session: &Digest,
    request: &ConsentRequest,
    allowance: &Allowance,
) -> Result<Result<SecretText, AuthorizationRefusal>, ActionError> {
    let refused = |check: Check| Ok(Err(AuthorizationRefusal::Request(check.into())));
    let now = change.now();
    let Some(record) = sessions::current(change.read(), session, now)? else {
        return refused(Check::LoginRequired);
    };
    let Some(client) = change.read().client(&request.client)? else {
        return Err(StoreError::Damaged("the row of a client is missing".to_owned()).into());
    };
    let destination = ensure_usable(&client, now).and_then(|()| {
        redirect_target(&client, Some(request.redirect_uri.as_str()))
            .map_err(|check| Box::new(Refusal::from(check).of(&client)))
    });
    if let Err(refusal) = destination {
        return Ok(Err(AuthorizationRefusal::Destination(refusal)));
    }
    let allowed = match allowance {
        Allowance::Given(allowed) => allowed,
        Allowance::ExistingGrant => {
            let grant = change.read().active_grant(&record.user.id, &client.id)?;
            let covered = grant.is_some_and(|grant| grant.scopes.covers(&request.scopes));
            if !covered || !client.is_confidential() {
                return Ok(Err(AuthorizationRefusal::Lapsed));
            }
            &request.scopes
        }
    };
    let scopes = allowed.intersection(&request.scopes).intersection(&client.scopes());
    if scopes.is_empty() {
        return refused(Check::UserDenied);
    }
    if record.user.state() != State::Active {
        return refused(Check::UserDisabled { since: record.user.disabled_at.unwrap_or(now) });
    }
    let grant = grants::authorize(change, record.user, client, &scopes)?;
    let minted = {
        let (_, random) = change.write_and_random();
        mint::authorization_code(random)
    };
    change.write().insert_code(&NewCode {
        digest: &minted.digest,
        client: &request.client,
        grant: &grant.id,
        redirect_uri: &request.redirect_uri,
        scopes: &scopes,
        challenge: &request.challenge,
        expires_at: now.plus(CODE_LIFETIME),
    })?;
    Ok(Ok(minted.plain))
}
