//! Authorization codes and their PKCE challenges.

use std::fmt;
use std::str::FromStr;

use crate::domain::client::Client;
use crate::domain::consumer::Pkce;
use crate::domain::grant::Grant;
use crate::domain::id::ClientId;
use crate::domain::scope::ScopeSet;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// The lifetime of a code. RFC 6749 section 4.1.2 allows ten minutes, but a client exchanges a code within seconds.
pub const CODE_LIFETIME: Span = Span::seconds(60);

/// The S256 challenge of RFC 7636 section 4.2: the SHA-256 of the verifier, as 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

/// A text that is not an S256 challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code challenge is 43 characters of base64url")]
pub struct ChallengeError;

impl CodeChallenge {
    /// Returns the challenge as text.
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

/// The parameters by which the exchange of a code proves to belong to the authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeBinding {
    /// The exchange sends the verifier of this challenge (RFC 7636 section 4.5).
    Challenge(CodeChallenge),
    /// The request had no challenge. The exchange repeats the `redirect_uri` of the request (RFC 6749 section 4.1.3).
    RedirectUri,
    /// The request had neither a challenge nor a `redirect_uri`, because its client has registered only one.
    Client,
}

impl CodeBinding {
    /// Returns true if a code with this binding is acceptable under the rule.
    #[must_use]
    pub const fn satisfies(&self, pkce: Pkce) -> bool {
        matches!((self, pkce), (Self::Challenge(_), _) | (_, Pkce::Optional))
    }
}

/// Returns true if `text` has the form of a code verifier: 43 to 128 unreserved characters (RFC 7636 section 4.1).
#[must_use]
pub fn is_code_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

/// A redirect URI of an authorization request that matches a registered one. Its port may differ from the registered one
/// (RFC 8252 section 7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget(String);

impl RedirectTarget {
    /// Wraps a URI that the caller compared with the registered ones, or that the store returned.
    #[must_use]
    pub fn checked(uri: String) -> Self {
        Self(uri)
    }

    /// Returns the URI as text.
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

/// An authorization code, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    pub client: ClientId,
    pub redirect_uri: RedirectTarget,
    /// The scopes that the user allowed.
    pub scopes: ScopeSet,
    pub binding: CodeBinding,
    pub issued_at: Timestamp,
    /// The code is refused from this moment on.
    pub expires_at: Timestamp,
    pub redeemed_at: Option<Timestamp>,
    /// The moment at which every token issued from the code was ended.
    pub ended_at: Option<Timestamp>,
}

/// A code and every object that decides whether it is valid, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRecord {
    pub code: AuthorizationCode,
    pub client: Client,
    pub grant: Grant,
    pub user: User,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_and_verifier_have_the_forms_of_rfc_7636() {
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
