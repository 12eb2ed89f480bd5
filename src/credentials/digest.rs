//! Digests of high-entropy secrets.

use sha2::Digest as _;

use crate::domain::secret_text::SecretText;

/// SHA-256 over the whole text of a secret, token or code. Enough for 190 random bits and more (NIST SP 800-63B
/// section 5.1.2.2); never used for passwords. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a plain secret.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a digest is made of the secret itself")]
    pub fn of(plain: &SecretText) -> Self {
        Self(sha2::Sha256::digest(plain.expose().as_bytes()).into())
    }

    /// A digest that was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store or to look up.
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

/// SHA-256 of bytes that are no secret: the audit chain.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// Returns twelve hexadecimal digits of the SHA-256 of a public content, for a file name that changes with the content.
#[must_use]
pub fn content_digest(parts: &[&[u8]]) -> String {
    let digest = sha256(&parts.concat());
    hex(digest.first_chunk::<6>().map_or(&[][..], |start| &start[..]))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
