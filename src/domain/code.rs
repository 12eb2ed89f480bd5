//! Authorization codes and the proof key that belongs to each.

use std::fmt;
use std::str::FromStr;

use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::id::ClientId;
use crate::domain::scope::ScopeSet;
use crate::domain::time::{Span, Timestamp};
use crate::domain::user::User;

/// How long a code may be redeemed. RFC 6749 section 4.1.2 allows ten minutes; a program that is sent back with a code
/// needs seconds.
pub const CODE_LIFETIME: Span = Span::seconds(60);

/// The S256 challenge of RFC 7636 section 4.2: the SHA-256 of the verifier, as 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

/// Text that is no S256 challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code challenge is 43 characters of base64url")]
pub struct ChallengeError;

impl CodeChallenge {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CodeChallenge {
    type Err = ChallengeError;

    fn from_str(text: &str) -> Result<Self, ChallengeError> {
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.len() == 43 && text.bytes().all(alphabet) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ChallengeError)
        }
    }
}

/// Whether text has the form of a code verifier: 43 to 128 of the unreserved characters (RFC 7636 section 4.1).
#[must_use]
pub fn is_code_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

/// A redirect URI as an authorization request named it, after it was found to be registered: it may have another port
/// than the registered one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget(String);

impl RedirectTarget {
    /// Takes a URI that matches a registered one, or one that the store keeps.
    #[must_use]
    pub fn checked(uri: String) -> Self {
        Self(uri)
    }

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RedirectTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// Who it was issued to.
    pub client: ClientId,
    /// Where it was sent.
    pub redirect_uri: RedirectTarget,
    /// What the user allowed.
    pub scopes: ScopeSet,
    /// What its redeemer must prove.
    pub challenge: CodeChallenge,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// When all that was issued from it was ended.
    pub ended_at: Option<Timestamp>,
}

/// A code with all that its validity hangs on, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCode {
    /// The code.
    pub code: AuthorizationCode,
    /// Who it was issued to.
    pub client: Client,
    /// The authorization it rests on.
    pub grant: Grant,
    /// The user who gave it.
    pub user: User,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_challenge_and_verifier_are_those_of_the_rfc() {
        // RFC 7636 appendix B.
        assert!("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse::<CodeChallenge>().is_ok());
        for text in ["", "short", &"a".repeat(42), &"a".repeat(44), &format!("{}!", "a".repeat(42))] {
            assert!(text.parse::<CodeChallenge>().is_err(), "{text}");
        }
        for length in [43, 128] {
            assert!(is_code_verifier(&"~".repeat(length)));
        }
        for text in [&"a".repeat(42), &"a".repeat(129), &format!("{}é", "a".repeat(43)), &"+".repeat(43)] {
            assert!(!is_code_verifier(text), "{text}");
        }
    }
}
