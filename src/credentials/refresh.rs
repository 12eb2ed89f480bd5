//! Refresh tokens: the selector of their family, and the derivation of a successor from its predecessor.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::credentials::base62;
use crate::credentials::digest::Digest;
use crate::credentials::format::{CHECKSUM_LENGTH, REFRESH_PREFIX, SELECTOR_RANDOM, TOKEN_RANDOM};
use crate::credentials::mint::{NewCredential, Random};
use crate::domain::family::Nonce;
use crate::domain::secret_text::SecretText;

/// Returns the characters that name the family of a refresh token, or `None` if the text is not a refresh token.
#[expect(clippy::disallowed_methods, reason = "the selector is a part of the text")]
fn selector_of(token: &SecretText) -> Option<&str> {
    let rest = token.expose().strip_prefix(REFRESH_PREFIX)?;
    let is_whole = rest.len() == SELECTOR_RANDOM + TOKEN_RANDOM + CHECKSUM_LENGTH;
    rest.get(..SELECTOR_RANDOM).filter(|_| is_whole)
}

/// Returns the digest of the selector of a refresh token, by which the store finds the family, or `None` if the text is not a
/// refresh token.
#[must_use]
pub fn selector(token: &SecretText) -> Option<Digest> {
    selector_of(token).map(|selector| Digest::of(&SecretText::new(selector.to_owned())))
}

/// Returns the successor of a refresh token: the same selector, and the HMAC-SHA-256 of the nonce under the predecessor as
/// its key. With the same nonce the successor is the same, so that an answer can be repeated although it is not stored.
/// Returns `None` if `predecessor` is not a refresh token.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the successor is derived from the text")]
pub fn successor(predecessor: &SecretText, nonce: &Nonce) -> Option<NewCredential> {
    let selector = selector_of(predecessor)?;
    // An HMAC accepts a key of any length (RFC 2104 section 3), so this is never `None`.
    let mut mac = Hmac::<Sha256>::new_from_slice(predecessor.expose().as_bytes()).ok()?;
    mac.update(nonce.as_bytes());
    let derived = base62::of_bytes(mac.finalize().into_bytes().into());
    Some(NewCredential::new(&format!("{REFRESH_PREFIX}{selector}{derived}")))
}

/// Returns a new nonce.
pub fn nonce(random: &mut Random) -> Nonce {
    let mut bytes = [0; 32];
    rand::Rng::fill_bytes(random, &mut bytes);
    Nonce::from_bytes(bytes)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests compare the text")]
mod tests {
    use rand::SeedableRng as _;

    use super::*;
    use crate::credentials::format::{CredentialKind, recognise};
    use crate::credentials::mint;

    #[test]
    fn a_successor_keeps_the_selector_and_depends_on_both_inputs() {
        let mut random: Box<Random> = Box::new(rand::rngs::StdRng::seed_from_u64(3));
        let [first, other] = [mint::refresh_token(&mut *random), mint::refresh_token(&mut *random)];
        let (nonce, another) = (nonce(&mut *random), nonce(&mut *random));
        let next = successor(&first.plain, &nonce).unwrap();
        assert_eq!(recognise(&next.plain), Ok(CredentialKind::RefreshToken));
        assert_eq!(next.plain.expose().len(), 76);
        assert_eq!(next.plain.expose()[..27], first.plain.expose()[..27]);
        assert_ne!(next.plain.expose()[27..], first.plain.expose()[27..]);
        assert_eq!(successor(&first.plain, &nonce).unwrap().plain.expose(), next.plain.expose());
        for (predecessor, nonce) in [(&first, &another), (&other, &nonce), (&next, &nonce)] {
            let derived = successor(&predecessor.plain, nonce).unwrap();
            assert_ne!(derived.plain.expose(), next.plain.expose());
        }
        let same = selector(&first.plain).unwrap();
        assert_eq!(same.as_bytes(), selector(&next.plain).unwrap().as_bytes());
        assert_ne!(same.as_bytes(), selector(&other.plain).unwrap().as_bytes());
    }

    #[test]
    fn the_derivation_is_the_published_one() {
        // Computed with another implementation of HMAC-SHA-256.
        let first = SecretText::new(format!("apcr_{}", "a".repeat(71)));
        let next = successor(&first, &Nonce::from_bytes([0x42; 32])).unwrap();
        assert_eq!(&next.plain.expose()[..27], "apcr_aaaaaaaaaaaaaaaaaaaaaa");
        assert_eq!(&next.plain.expose()[27..70], "Mf1WYnBhJF7HZzqfOlk0KL2Xv18vrzuzG50ld2G7lHM");
    }

    #[test]
    fn other_texts_have_no_selector() {
        for text in ["", "apcr_", "apcr_short", &format!("apca_{}", "a".repeat(49)), &"é".repeat(38)] {
            assert!(selector(&SecretText::new(text.to_owned())).is_none(), "{text}");
        }
    }
}
