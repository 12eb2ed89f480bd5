//! Digests of high-entropy secrets.

use sha2::Digest as _;

use crate::domain::secret_text::SecretText;

/// The SHA-256 of a secret, token or code. It is sufficient for texts with at least 190 random bits (NIST SP 800-63B section
/// 5.1.2.2) and is not used for passwords. Its `Debug` output hides the bytes.
#[derive(Clone)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Computes the digest of a secret.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a digest is computed from the text")]
    pub fn of(plain: &SecretText) -> Self {
        Self(sha2::Sha256::digest(plain.expose().as_bytes()).into())
    }

    /// Returns the digest with these bytes, which the store returned.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes for the store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

/// Computes the SHA-256 of bytes that are not a credential, such as those of an audit record.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// Returns the bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
