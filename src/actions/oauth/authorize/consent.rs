//! The consent of a user, and the authorization code that follows from it.

use crate::actions::authenticate::ensure_usable;
use crate::actions::oauth::authorize::destination::redirect_target;
use crate::actions::oauth::authorize::request::ConsentRequest;
use crate::actions::{ActionError, Change, grants, sessions};
use crate::credentials::digest::Digest;
use crate::credentials::mint;
use crate::domain::State;
use crate::domain::code::CODE_LIFETIME;
use crate::domain::grant::{CODE_WINDOW, CODES_OF_GRANT};
use crate::domain::id::GrantId;
use crate::domain::refusal::{Check, FormFault, Refusal, UserLimit};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::store::codes::{DecisionRecord, NewCode, NewConsentDecision};
use crate::store::{ReadTx, StoreError};

/// The lifetime of a consent page.
pub const CONSENT_LIFETIME: Span = Span::minutes(10);

/// The number of decisions about unexpired forms in one session. Bounds the table.
const MOST_DECISIONS: u32 = 100;

/// A consent form with the user's decision. The seal of the form was verified.
pub struct ConsentAnswer {
    /// The digest of the form's seal.
    pub form: Digest,
    /// The moment at which the page was shown.
    pub shown_at: Timestamp,
    pub request: ConsentRequest,
    /// The scopes that the user allowed; empty if the user denied the request.
    pub allowed: ScopeSet,
}

/// The basis on which a code is issued.
#[derive(Clone, Debug)]
pub enum Allowance {
    /// The user answered the consent page and allowed these scopes.
    Given(ScopeSet),
    /// The grant in force covered the request when it was checked.
    ExistingGrant {
        /// True if the client forbids pages, by `prompt=none`.
        silent: bool,
    },
}

/// The reason why no code is issued, and the recipient of the error.
#[derive(Clone, Debug)]
pub enum AuthorizationRefusal {
    /// The error is shown on a page: the client, the redirect URI or the consent form is not accepted any more, or the user
    /// reached a limit.
    Page(Box<Refusal>),
    /// The error is sent to the client.
    Request(Box<Refusal>),
    /// The existing grant was revoked or narrowed. The flow starts again, so that a revoked grant is not created again without
    /// asking the user.
    Lapsed,
}

/// Processes the answer of the consent page. The decision is recorded, whether the user allowed or denied the request, so a
/// second answer is refused.
///
/// # Errors
/// [`ActionError`] of [`grants::authorize`]. A refusal is the inner error.
pub fn answer_consent(
    change: &mut Change<'_>,
    session: &Digest,
    answer: &ConsentAnswer,
) -> Result<Result<SecretText, AuthorizationRefusal>, ActionError> {
    let refused = |check: Check| Ok(Err(AuthorizationRefusal::Page(check.into())));
    let now = change.now();
    let expires_at = answer.shown_at.plus(CONSENT_LIFETIME);
    // A form from the future was shown before the clock was set back. It could be answered again after its decision is deleted.
    if now < answer.shown_at || now >= expires_at {
        return refused(Check::Form(FormFault::Expired));
    }
    if sessions::current(change.read(), session, now)?.is_none() {
        return Ok(Err(AuthorizationRefusal::Request(Check::SessionEnded.into())));
    }
    let decision = NewConsentDecision { form: &answer.form, session, expires_at };
    match change.write().record_consent_decision(&decision, MOST_DECISIONS)? {
        DecisionRecord::Recorded => {
            allow(change, session, &answer.request, &Allowance::Given(answer.allowed.clone()))
        }
        DecisionRecord::AnsweredBefore => refused(Check::Form(FormFault::Decided)),
        DecisionRecord::Full { until } => refused(Check::UserLimit { limit: UserLimit::Decisions, until }),
    }
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
        return refused(Check::SessionEnded);
    };
    let Some(client) = change.read().client(&request.client)? else {
        return Err(change.read().damaged("the row of a client is missing").into());
    };
    let destination = ensure_usable(&client, now).and_then(|()| {
        redirect_target(&client, Some(request.redirect_uri.as_str()))
            .map_err(|check| Box::new(Refusal::from(check).of(&client)))
    });
    if let Err(refusal) = destination {
        return Ok(Err(AuthorizationRefusal::Page(refusal)));
    }
    // PKCE may have become required since the page was shown.
    if !request.binding.satisfies(client.safeguards().pkce) {
        return refused(Check::ChallengeMissing { confidential: client.is_confidential() });
    }
    let existing = change.read().active_grant(&record.user.id, &client.id)?;
    let allowed = match allowance {
        Allowance::Given(allowed) => allowed,
        Allowance::ExistingGrant { .. } => {
            let covered = existing.as_ref().is_some_and(|grant| grant.scopes.covers(&request.scopes));
            if !covered || !client.is_confidential() {
                return Ok(Err(AuthorizationRefusal::Lapsed));
            }
            &request.scopes
        }
    };
    let scopes = allowed.intersection(&request.scopes).intersection(&client.scopes());
    if scopes.is_empty() {
        let denied = allowed.intersection(&request.scopes).is_empty();
        return refused(if denied { Check::UserDenied } else { Check::ScopeNoneLeft });
    }
    if record.user.state() != State::Active {
        return refused(Check::UserDisabled { since: record.user.disabled_at.unwrap_or(now) });
    }
    if !existing.as_ref().is_some_and(|grant| grant.scopes.covers(&scopes))
        && let Some(until) = grants::wait_of_user(change.read(), &record.user.id, now)?
    {
        let check = Check::UserLimit { limit: UserLimit::GrantChanges, until };
        return Ok(Err(AuthorizationRefusal::Page(check.into())));
    }
    if let Some(grant) = &existing
        && let Some(until) = wait_of_grant(change.read(), &grant.id, now)?
    {
        let refusal = Box::new(Check::UserLimit { limit: UserLimit::Codes, until }.into());
        return Ok(Err(match allowance {
            Allowance::ExistingGrant { silent: true } => AuthorizationRefusal::Request(refusal),
            Allowance::ExistingGrant { silent: false } | Allowance::Given(_) => {
                AuthorizationRefusal::Page(refusal)
            }
        }));
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
        binding: &request.binding,
        expires_at: now.plus(CODE_LIFETIME),
    })?;
    Ok(Ok(minted.plain))
}

/// Returns the moment from which on codes of a grant are issued again, or `None` if one may be issued now.
///
/// A client gets codes of a grant without the user, and each adds rows: the code, the family of its tokens, and up to two audit
/// records, of a replay and of a revocation.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
fn wait_of_grant(
    read: &dyn ReadTx,
    grant: &GrantId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    // A code after `now` was issued before the clock was set back, and would delay the next one for longer than the period.
    let issued_at = read.nth_latest_code(grant, now.minus(CODE_WINDOW), now, CODES_OF_GRANT)?;
    Ok(issued_at.map(|at| at.plus(CODE_WINDOW)))
}
