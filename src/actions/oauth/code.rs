//! Exchanging an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6).

use crate::credentials::digest::Digest;
use crate::credentials::format::Recognised;
use crate::credentials::pkce;
use crate::domain::State;
use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::client::GrantType;
use crate::domain::code::{HeldCode, is_code_verifier};
use crate::domain::grant::StoredGrantState;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::refusal::{Check, Other};
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;

use crate::actions::authenticate::{Checked, of_kind};
use crate::actions::grants::label;
use crate::actions::oauth::{IssuedPair, Pair, issue_pair, present_client, present_secret};
use crate::actions::{ActionError, Change};

/// A code as it is presented.
pub struct CodeExchange {
    /// Who presents it.
    pub client: ClientId,
    /// The secret that proves that; none for a public client.
    pub secret: Option<SecretId>,
    /// The code.
    pub code: SecretText,
    /// `redirect_uri`, if it was sent.
    pub redirect_uri: Option<String>,
    /// `code_verifier`, if it was sent.
    pub verifier: Option<SecretText>,
}

/// Exchanges a code for an access token and a refresh token. Presented a second time, a code ends everything that it has
/// issued (RFC 9700 section 4.5); this is kept although the request is refused.
///
/// # Errors
/// The outer error is the store's; the inner one says which check failed.
pub fn redeem_code(
    change: &mut Change<'_>,
    exchange: &CodeExchange,
) -> Result<Checked<IssuedPair>, ActionError> {
    let refused = |check: Check| Ok(Err(Box::new(check)));
    let now = change.now();
    if let Err(check) = present_client(change.read(), &exchange.client, GrantType::AuthorizationCode, now)? {
        return Ok(Err(check));
    }
    if let Err(malformed) = of_kind(&exchange.code, &Recognised::AuthorizationCode) {
        return refused(Check::CodeMalformed(malformed));
    }
    let digest = Digest::of(&exchange.code);
    let Some(held) = change.read().code_by_digest(&digest)? else { return refused(Check::CodeUnknown) };
    // A stranger's try changes nothing for its owner.
    if held.client.id != exchange.client {
        return refused(Check::CodeOfOther(Other::from(&held.client)));
    }
    if let Some(redeemed_at) = held.code.redeemed_at {
        if change.write().end_family_of_code(&digest, now)? {
            change.record(
                ObjectKind::Grant,
                Verb::CodeReplayed,
                &held.grant.id,
                &label(&held.grant),
                vec!["tokens"],
            );
        }
        return refused(Check::CodeReplayed { redeemed_at });
    }
    if let Err(check) = check(&held, exchange, now) {
        return Ok(Err(check));
    }
    if let Some(secret) = &exchange.secret
        && let Err(check) = present_secret(change.write(), &held.client, secret, now)?
    {
        return Ok(Err(check));
    }
    let scopes = held.code.scopes.intersection(&held.client.scopes()).intersection(&held.grant.scopes);
    if scopes.is_empty() {
        return refused(Check::ScopeNone);
    }
    if !change.write().redeem_code(&digest, now)? {
        return refused(Check::CodeReplayed { redeemed_at: now });
    }
    let pair = Pair {
        client: &held.client,
        secret: exchange.secret.as_ref(),
        grant: &held.grant.id,
        code: &digest,
        scopes,
        all_scopes: held.code.scopes.clone(),
    };
    Ok(Ok(issue_pair(change, pair)?))
}

/// Everything that a code hangs on but its single use.
fn check(held: &HeldCode, exchange: &CodeExchange, now: Timestamp) -> Checked<()> {
    let HeldCode { code, grant, user, .. } = held;
    let failed = if code.expires_at <= now {
        Check::CodeExpired { at: code.expires_at }
    } else if exchange.redirect_uri.as_deref().is_some_and(|sent| sent != code.redirect_uri.as_str()) {
        // Not sent at all it may be: the proof key binds the exchange to the request (OAuth 2.1 section 10.2).
        Check::CodeRedirectDiffers {
            sent: exchange.redirect_uri.clone(),
            expected: code.redirect_uri.to_string(),
        }
    } else if let StoredGrantState::Revoked { at, .. } = grant.stored_state {
        Check::GrantRevoked { grant: grant.id.clone(), at }
    } else if user.state() != State::Active {
        Check::UserDisabled { since: user.disabled_at.unwrap_or(now) }
    } else {
        return proof(held, exchange.verifier.as_ref());
    };
    Err(Box::new(failed))
}

#[expect(clippy::disallowed_methods, reason = "the form of a verifier is in its text")]
fn proof(held: &HeldCode, verifier: Option<&SecretText>) -> Checked<()> {
    Err(Box::new(match verifier {
        None => Check::VerifierMissing,
        Some(verifier) if !is_code_verifier(verifier.expose()) => Check::VerifierMalformed,
        Some(verifier) if !pkce::verifies(&held.code.challenge, verifier) => Check::VerifierMismatch,
        Some(_) => return Ok(()),
    }))
}
