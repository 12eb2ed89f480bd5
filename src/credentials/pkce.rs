//! The proof key of an authorization code (RFC 7636): a challenge when it is asked for, its verifier when it is redeemed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::code::CodeChallenge;

use crate::credentials::digest::sha256;
use crate::domain::secret_text::SecretText;

/// Whether a verifier is the one behind the challenge (RFC 7636 section 4.6, method S256). Its form is checked elsewhere.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a verifier is checked by its text")]
pub fn verifies(challenge: &CodeChallenge, verifier: &SecretText) -> bool {
    URL_SAFE_NO_PAD.encode(sha256(verifier.expose().as_bytes())) == challenge.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_verifies_and_nothing_else() {
        // RFC 7636 appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap();
        let verifier = |text: &str| SecretText::new(text.to_owned());
        assert!(verifies(&challenge, &verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
        assert!(!verifies(&challenge, &verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK")));
        assert!(!verifies(&challenge, &verifier("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")));
    }
}
