//! Names of assets that change with their content.

use sha2::{Digest as _, Sha256};

/// Returns twelve hexadecimal digits of the SHA-256 of a content.
pub(crate) fn content_digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()[..6].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
