//! Seals of texts that a browser keeps for the service: HMAC-SHA-256 (RFC 2104), keyed with a secret of the browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::credentials::constant_time;
use crate::domain::secret_text::SecretText;

/// Returns the seal of a text as 43 characters of base64url. It depends on the key, the label and the text. A seal with one
/// label is not valid with another, and a party without the key cannot compute any.
///
/// # Panics
/// Never: HMAC accepts a key of any length.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the seal is keyed with the text")]
pub fn seal(key: &SecretText, label: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes())
        .expect("an HMAC key has any length (RFC 2104 section 2)");
    mac.update(label.as_bytes());
    mac.update(b"\0");
    mac.update(text.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Returns true if `sent` is the seal of the text. The time does not depend on the bytes of the seal.
#[must_use]
pub fn is_sealed(key: &SecretText, label: &str, text: &str, sent: &str) -> bool {
    constant_time::equal(seal(key, label, text).as_bytes(), sent.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_valid_for_one_key_label_and_text() {
        let (mine, yours) = (SecretText::new("mine".to_owned()), SecretText::new("yours".to_owned()));
        let sealed = seal(&mine, "form", "a=1");
        assert_eq!(sealed.len(), 43);
        assert!(is_sealed(&mine, "form", "a=1", &sealed));
        for (key, label, text) in [(&yours, "form", "a=1"), (&mine, "other", "a=1"), (&mine, "form", "a=2")] {
            assert!(!is_sealed(key, label, text, &sealed), "{label} {text}");
        }
        assert!(!is_sealed(&mine, "form", "a=1", ""));
    }
}
