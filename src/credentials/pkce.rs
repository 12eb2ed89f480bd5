//! Proof Key for Code Exchange (PKCE, RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::credentials::constant_time;
use crate::credentials::digest::sha256;
use crate::domain::code::CodeChallenge;
use crate::domain::secret_text::SecretText;

/// Returns true if a verifier matches the challenge with the method S256 (RFC 7636 section 4.6). The caller checks the form
/// of the verifier.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the challenge is a digest of the text")]
pub fn verifies(challenge: &CodeChallenge, verifier: &SecretText) -> bool {
    let derived = URL_SAFE_NO_PAD.encode(sha256(verifier.expose().as_bytes()));
    constant_time::equal(derived.as_bytes(), challenge.as_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_verifier_of_the_challenge_verifies() {
        // RFC 7636 appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap();
        let verifier = |text: &str| SecretText::new(text.to_owned());
        assert!(verifies(&challenge, &verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
        assert!(!verifies(&challenge, &verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK")));
        assert!(!verifies(&challenge, &verifier("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")));
    }
}
