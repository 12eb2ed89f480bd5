//! Base62 numbers of fixed width.

/// The digits in the order of ASCII, so that texts of the same length sort like their numbers.
pub(crate) const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Returns `number` modulo 62^`N` as `N` digits, most significant first.
#[must_use]
pub fn encode<const N: usize>(mut number: u64) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 62).unwrap_or_default()];
        number /= 62;
    }
    digits
}

/// Returns `number` modulo 62^`N` as a text of `N` digits, most significant first.
#[must_use]
pub fn text<const N: usize>(number: u64) -> String {
    encode::<N>(number).iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn numbers_have_a_fixed_width() {
        assert_eq!(text::<3>(0), "000");
        assert_eq!(text::<3>(61), "00z");
        assert_eq!(text::<3>(62), "010");
        assert_eq!(text::<2>(62 * 62), "00");
        assert_eq!(text::<11>(u64::MAX), "LygHa16AHYF");
    }
}
