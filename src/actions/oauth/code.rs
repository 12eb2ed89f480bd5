//! Exchanging an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6).

use crate::actions::authenticate::ensure_kind;
use crate::actions::grants::label;
use crate::actions::oauth::issue::{
    IssuedPair, TokenOrigin, begin_family, issue_access_token, reload_client, reload_secret,
};
use crate::actions::stop::{Stop, into_decision};
use crate::actions::{ActionError, Change};
use crate::credentials::digest::Digest;
use crate::credentials::format::CredentialKind;
use crate::credentials::pkce;
use crate::domain::State;
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::code::{CodeBinding, CodeChallenge, CodeRecord, is_code_verifier};
use crate::domain::consumer::GrantType;
use crate::domain::family::RefreshRules;
use crate::domain::grant::StoredGrantState;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::refusal::{Check, ClientRef, Decision};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;

/// A request to exchange a code.
pub struct CodeExchange {
    /// The client that was authenticated.
    pub client: ClientId,
    /// The secret that it presented; `None` for a public client.
    pub secret: Option<SecretId>,
    pub code: SecretText,
    /// `redirect_uri`, if it was sent.
    pub redirect_uri: Option<String>,
    /// `code_verifier`, if it was sent.
    pub verifier: Option<SecretText>,
}

/// Exchanges a code for an access token and a refresh token. Presented a second time, a code ends every token that it
/// issued (RFC 9700 section 4.5); the refused request commits that change.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be written.
pub fn redeem_code(
    change: &mut Change<'_>,
    exchange: &CodeExchange,
) -> Result<Decision<IssuedPair>, ActionError> {
    into_decision(try_redeem(change, exchange))
}

fn try_redeem(change: &mut Change<'_>, exchange: &CodeExchange) -> Result<IssuedPair, Stop<ActionError>> {
    let now = change.now();
    let grant_type = GrantType::AuthorizationCode;
    reload_client(change.read(), &exchange.client, grant_type, grant_type.as_str(), now)?;
    ensure_kind(&exchange.code, &CredentialKind::AuthorizationCode).map_err(Check::CodeMalformed)?;
    let digest = Digest::of(&exchange.code);
    let record = change.read().code_by_digest(&digest)?.ok_or(Check::CodeUnknown)?;
    // Another client's attempt changes nothing for the code's owner.
    if record.client.id != exchange.client {
        return Err(Check::CodeOfOther(ClientRef::from(&record.client)).into());
    }
    if let Some(redeemed_at) = record.code.redeemed_at {
        if change.write().end_family_of_code(&digest)? {
            change.record(
                ObjectKind::Grant,
                AuditVerb::CodeReplayed,
                &record.grant.id,
                &label(&record.grant),
                vec!["tokens"],
            );
        }
        return Err(Check::CodeReplayed { redeemed_at }.into());
    }
    let rules = RefreshRules::of(&record.client, &change.read().settings()?);
    let family_end = rules.family_end(record.code.issued_at);
    check_exchange(&record, exchange, family_end, now)?;
    if let Some(secret) = &exchange.secret {
        reload_secret(change.write(), &record.client, secret, now)?;
    }
    let scopes = record.code.scopes.intersection(&record.client.scopes()).intersection(&record.grant.scopes);
    if scopes.is_empty() {
        return Err(Check::ScopeNoneLeft.into());
    }
    if !change.write().redeem_code(&digest)? {
        return Err(Check::CodeReplayed { redeemed_at: now }.into());
    }
    let origin = TokenOrigin {
        client: &record.client,
        secret: exchange.secret.as_ref(),
        grant: Some(&record.grant.id),
        code: Some(&digest),
        family_end,
    };
    let (write, random) = change.write_and_random();
    let access = issue_access_token(write, random, now, scopes, origin)?;
    let refresh = begin_family(write, random, now, record.code.scopes.clone(), origin)?;
    Ok(IssuedPair { access, refresh, grant: record.grant.id.clone(), asked: ScopeSet::default() })
}

/// Checks everything that a code depends on, except its single use. A code is not accepted after the end of its family.
fn check_exchange(
    record: &CodeRecord,
    exchange: &CodeExchange,
    family_end: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Check> {
    let CodeRecord { code, client, grant, user } = record;
    let end = family_end.map_or(code.expires_at, |family_end| family_end.min(code.expires_at));
    if end <= now {
        return Err(Check::CodeExpired { at: end });
    }
    let differs = match &exchange.redirect_uri {
        Some(sent) => sent != code.redirect_uri.as_str(),
        // With PKCE it may be absent: the proof key binds the exchange to the request (OAuth 2.1 section 10.2).
        None => code.binding == CodeBinding::RedirectUri,
    };
    if differs {
        return Err(Check::CodeRedirectDiffers {
            sent: exchange.redirect_uri.clone(),
            expected: code.redirect_uri.to_string(),
        });
    }
    if let StoredGrantState::Revoked { at, .. } = grant.stored_state {
        return Err(Check::GrantRevoked { grant: grant.id.clone(), at });
    }
    if user.state() != State::Active {
        return Err(Check::UserDisabled { since: user.disabled_at.unwrap_or(now) });
    }
    match &code.binding {
        CodeBinding::Challenge(challenge) => check_verifier(challenge, exchange.verifier.as_ref()),
        // The challenge was removed from the request, to get a code of another sign-in accepted (RFC 9700 section 4.8.2).
        CodeBinding::RedirectUri | CodeBinding::Client if exchange.verifier.is_some() => {
            Err(Check::VerifierUnexpected)
        }
        // PKCE has become required since the request.
        binding if !binding.satisfies(client.safeguards().pkce) => Err(Check::CodeWithoutChallenge),
        CodeBinding::RedirectUri | CodeBinding::Client => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the form of a verifier is in its text")]
fn check_verifier(challenge: &CodeChallenge, verifier: Option<&SecretText>) -> Result<(), Check> {
    match verifier {
        None => Err(Check::VerifierMissing),
        Some(verifier) if !is_code_verifier(verifier.expose()) => Err(Check::VerifierMalformed),
        Some(verifier) if !pkce::verifies(challenge, verifier) => Err(Check::VerifierMismatch),
        Some(_) => Ok(()),
    }
}
