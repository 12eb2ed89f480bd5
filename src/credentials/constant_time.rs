//! Comparison in constant time.

use subtle::ConstantTimeEq as _;

/// Returns true if the two are equal. The time depends on the lengths, but not on the bytes, so that it does not reveal a
/// secret from which one of them is derived.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::equal;

    #[test]
    fn only_equal_bytes_are_equal() {
        assert!(equal(b"", b"") && equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd") && !equal(b"abc", b"ab") && !equal(b"", b"a"));
    }
}
