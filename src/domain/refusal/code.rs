//! The codes of the checks, for programs.

use crate::domain::refusal::{Check, FormFault, UserLimit};

impl Check {
    /// Returns the code of the check. Codes are part of the interface for programs and do not change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ClientIdMissing => "client_id_missing",
            Self::ClientUnknown { .. } => "client_unknown",
            Self::ClientUnauthenticated => "client_unauthenticated",
            Self::TwoMethods => "two_methods",
            Self::ClientIdsDiffer { .. } => "client_ids_differ",
            Self::BasicMalformed(_) => "basic_malformed",
            Self::SecretMalformed(_) => "secret_malformed",
            Self::SecretUnknown => "secret_unknown",
            Self::SecretOfOther(_) => "secret_of_other",
            Self::SecretRetired { .. } => "secret_retired",
            Self::SecretRevoked { .. } => "secret_revoked",
            Self::SecretPending { .. } => "secret_pending",
            Self::ClientDisabled { .. } => "client_disabled",
            Self::ClientExpired { .. } => "client_expired",
            Self::ClientRevoked { .. } => "client_revoked",
            Self::PublicWithSecret => "public_with_secret",
            Self::ConfidentialWithoutSecret => "confidential_without_secret",
            Self::PublicAsItself => "public_as_itself",
            Self::PublicIntrospects => "public_introspects",
            Self::GrantTypeMissing => "grant_type_missing",
            Self::GrantTypeUnsupported { .. } => "grant_type_unsupported",
            Self::GrantTypeNotAllowed { .. } => "grant_type_not_allowed",
            Self::ScopeMalformed { .. } => "scope_malformed",
            Self::ScopeUnknown { .. } => "scope_unknown",
            Self::ScopeNotHeld { .. } => "scope_not_held",
            Self::ScopeOpenIdOnly { .. } => "scope_openid_only",
            Self::ScopeNone => "scope_none",
            Self::ScopeNoneLeft => "scope_none_left",
            Self::ScopeBeyondGrant { .. } => "scope_beyond_grant",
            Self::ScopeBeyondToken { .. } => "scope_beyond_token",
            Self::IntrospectNotHeld { .. } => "introspect_not_held",
            Self::RedirectMissing => "redirect_missing",
            Self::RedirectRepeated => "redirect_repeated",
            Self::RedirectMismatch { .. } => "redirect_mismatch",
            Self::ResponseTypeMissing => "response_type_missing",
            Self::ResponseTypeUnsupported { .. } => "response_type_unsupported",
            Self::ResponseModeUnsupported { .. } => "response_mode_unsupported",
            Self::ChallengeMissing { .. } => "challenge_missing",
            Self::StateMissing => "state_missing",
            Self::ChallengeMethod { .. } => "challenge_method",
            Self::ChallengeMalformed => "challenge_malformed",
            Self::RequestObject { .. } => "request_object",
            Self::LoginRequired => "login_required",
            Self::SessionEnded => "session_ended",
            Self::ConsentRequired { .. } => "consent_required",
            Self::UserDenied => "user_denied",
            Self::CodeMissing => "code_missing",
            Self::CodeMalformed(_) => "code_malformed",
            Self::CodeUnknown => "code_unknown",
            Self::CodeExpired { .. } => "code_expired",
            Self::CodeReplayed { .. } => "code_replayed",
            Self::CodeOfOther(_) => "code_of_other",
            Self::CodeRedirectDiffers { .. } => "code_redirect_differs",
            Self::CodeWithoutChallenge => "code_without_challenge",
            Self::VerifierMissing => "verifier_missing",
            Self::VerifierUnexpected => "verifier_unexpected",
            Self::VerifierMalformed => "verifier_malformed",
            Self::VerifierMismatch => "verifier_mismatch",
            Self::RefreshMissing => "refresh_missing",
            Self::RefreshMalformed(_) => "refresh_malformed",
            Self::RefreshUnknown => "refresh_unknown",
            Self::RefreshExpired { .. } => "refresh_expired",
            Self::RefreshFamilyExpired { .. } => "refresh_family_expired",
            Self::RefreshReused { .. } => "refresh_reused",
            Self::RefreshOfOther(_) => "refresh_of_other",
            Self::RefreshRevoked { .. } => "refresh_revoked",
            Self::GrantRevoked { .. } => "grant_revoked",
            Self::UserDisabled { .. } => "user_disabled",
            Self::Form(FormFault::Foreign) => "form_foreign",
            Self::Form(FormFault::Expired) => "form_expired",
            Self::Form(FormFault::Decided) => "form_decided",
            Self::WrongPassword => "wrong_password",
            Self::UnknownUser => "unknown_user",
            Self::SignInDisabled { .. } => "sign_in_disabled",
            Self::HostNotAllowed { .. } => "host_not_allowed",
            Self::HostWithoutPages { .. } => "host_without_pages",
            Self::Request(_) => "request_malformed",
            Self::ParameterMalformed { .. } => "parameter_malformed",
            Self::ParameterRepeated(_) => "parameter_repeated",
            Self::Throttled { .. } => "throttled",
            Self::UserLimit { limit: UserLimit::GrantChanges, .. } => "grant_change_limit",
            Self::UserLimit { limit: UserLimit::Decisions, .. } => "decision_limit",
            Self::UserLimit { limit: UserLimit::Codes, .. } => "code_limit",
            Self::Overloaded => "overloaded",
            Self::StoreUnavailable => "store_unavailable",
        }
    }
}

/// Returns each check once.
#[cfg(test)]
pub(crate) fn every_check() -> Vec<Check> {
    use crate::domain::id::ClientKind;
    use crate::domain::refusal::{
        BasicFault, ClientRef, CredentialFault, FormFault, KnownClient, TextFault, UserLimit,
    };
    use crate::domain::throttle::SubjectKind;
    use crate::domain::time::Timestamp;

    let at = Timestamp::from_millis(0);
    let (sent, hint) = (|| "sent".to_owned(), || "Qr4t".to_owned());
    let other = || ClientRef {
        id: "apck_test_7Hq2mZ0xPa4T".parse().unwrap(),
        known: Some(KnownClient { kind: ClientKind::Key, name: "erp-sync".parse().unwrap() }),
    };
    let missing = || "assets.read".parse().unwrap();
    vec![
        Check::ClientIdMissing,
        Check::ClientUnknown { sent: sent(), meant: None },
        Check::ClientUnauthenticated,
        Check::TwoMethods,
        Check::ClientIdsDiffer { header: sent(), body: sent() },
        Check::BasicMalformed(BasicFault::NoColon),
        Check::SecretMalformed(CredentialFault::Checksum),
        Check::SecretUnknown,
        Check::SecretOfOther(other()),
        Check::SecretRetired { hint: hint(), at },
        Check::SecretRevoked { hint: hint(), at },
        Check::SecretPending { hint: hint() },
        Check::ClientDisabled { since: at },
        Check::ClientExpired { at },
        Check::ClientRevoked { at },
        Check::PublicWithSecret,
        Check::ConfidentialWithoutSecret,
        Check::PublicAsItself,
        Check::PublicIntrospects,
        Check::GrantTypeMissing,
        Check::GrantTypeUnsupported { sent: sent() },
        Check::GrantTypeNotAllowed { asked: "refresh_token" },
        Check::ScopeMalformed { sent: sent() },
        Check::ScopeUnknown { scope: "a".parse().unwrap(), near: None },
        Check::ScopeNotHeld { missing: missing(), group: None },
        Check::ScopeOpenIdOnly { ignored: "openid".parse().unwrap(), declared: missing(), held: missing() },
        Check::ScopeNone,
        Check::ScopeNoneLeft,
        Check::ScopeBeyondGrant { missing: missing() },
        Check::ScopeBeyondToken { missing: missing() },
        Check::IntrospectNotHeld { group: None },
        Check::RedirectMissing,
        Check::RedirectRepeated,
        Check::redirect_mismatch("sent", &[]),
        Check::ResponseTypeMissing,
        Check::ResponseTypeUnsupported { sent: sent() },
        Check::ResponseModeUnsupported { sent: sent() },
        Check::ChallengeMissing { confidential: true },
        Check::StateMissing,
        Check::ChallengeMethod { sent: None },
        Check::ChallengeMalformed,
        Check::RequestObject { parameter: "request_uri" },
        Check::LoginRequired,
        Check::SessionEnded,
        Check::ConsentRequired { missing: None },
        Check::UserDenied,
        Check::CodeMissing,
        Check::CodeMalformed(CredentialFault::Foreign),
        Check::CodeUnknown,
        Check::CodeExpired { at },
        Check::CodeReplayed { redeemed_at: at },
        Check::CodeOfOther(other()),
        Check::CodeRedirectDiffers { sent: None, expected: sent() },
        Check::CodeWithoutChallenge,
        Check::VerifierMissing,
        Check::VerifierUnexpected,
        Check::VerifierMalformed,
        Check::VerifierMismatch,
        Check::RefreshMissing,
        Check::RefreshMalformed(CredentialFault::Shape),
        Check::RefreshUnknown,
        Check::RefreshExpired { at },
        Check::RefreshFamilyExpired { at },
        Check::RefreshReused { rotated_at: Some(at) },
        Check::RefreshOfOther(other()),
        Check::RefreshRevoked { at: None },
        Check::GrantRevoked { grant: "grt_7Hq2mZ0xPa4T".parse().unwrap(), at },
        Check::UserDisabled { since: at },
        Check::Form(FormFault::Foreign),
        Check::Form(FormFault::Expired),
        Check::Form(FormFault::Decided),
        Check::WrongPassword,
        Check::UnknownUser,
        Check::SignInDisabled { since: at },
        Check::HostNotAllowed { sent: sent() },
        Check::HostWithoutPages { sent: sent() },
        Check::Request("the body is no form"),
        Check::ParameterMalformed { parameter: "scope", fault: TextFault::NotUtf8 },
        Check::ParameterRepeated("state"),
        Check::Throttled { what: SubjectKind::Password, until: at },
        Check::UserLimit { limit: UserLimit::GrantChanges, until: at },
        Check::UserLimit { limit: UserLimit::Decisions, until: at },
        Check::UserLimit { limit: UserLimit::Codes, until: at },
        Check::Overloaded,
        Check::StoreUnavailable,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_has_its_own_snake_case_code() {
        let codes: Vec<&str> = every_check().iter().map(Check::code).collect();
        let distinct: BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(distinct.len(), codes.len());
        let snake = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(codes.iter().all(|code| snake(code)), "{codes:?}");
    }
}
