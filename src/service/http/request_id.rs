//! The generator of request ids.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::credentials::base62;
use crate::credentials::mint::Random;
use crate::domain::id::{RANDOM_LENGTH, RequestId};

/// Generates request ids that are unique and not secret.
pub(crate) struct RequestIds {
    first: u8,
    next: AtomicU64,
}

impl RequestIds {
    /// Starts the sequence at a random number.
    pub(crate) fn new(random: &mut Random) -> Self {
        let [first] = base62::encode(random.next_u64());
        Self { first, next: random.next_u64().into() }
    }

    /// Returns the next id.
    pub(crate) fn next(&self) -> RequestId {
        // SplitMix64: no number repeats within 2^64, and consecutive ids do not look alike.
        let mut number = self.next.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^= number >> 31;
        let mut characters = [self.first; RANDOM_LENGTH];
        // 62^11 exceeds 2^64, so eleven digits keep every bit.
        characters[1..].copy_from_slice(&base62::encode::<{ RANDOM_LENGTH - 1 }>(number));
        RequestId::from_random(std::str::from_utf8(&characters).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn request_ids_are_twelve_characters_and_distinct() {
        let ids = RequestIds::new(&mut rand::rngs::StdRng::seed_from_u64(7));
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let id = ids.next();
            assert!(id.as_str().parse::<RequestId>().is_ok(), "{id}");
            assert!(seen.insert(id));
        }
        let other = RequestIds::new(&mut rand::rngs::StdRng::seed_from_u64(8));
        assert!(!seen.contains(&other.next()));
    }
}
