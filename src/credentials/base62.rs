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

/// Returns 32 bytes as a number of 43 digits, most significant first. 62^43 is larger than 2^256, so different bytes give
/// different texts.
#[must_use]
pub fn of_bytes(mut bytes: [u8; 32]) -> String {
    let mut digits = [b'0'; 43];
    for digit in digits.iter_mut().rev() {
        // Long division by 62, byte by byte. The remainder is below 62, so each part of the quotient fits into a byte.
        let mut remainder: u32 = 0;
        for byte in &mut bytes {
            let dividend = remainder * 256 + u32::from(*byte);
            [.., *byte] = (dividend / 62).to_be_bytes();
            remainder = dividend % 62;
        }
        *digit = DIGITS[usize::try_from(remainder).unwrap_or_default()];
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::{of_bytes, text};

    #[test]
    fn bytes_are_one_number_of_43_digits() {
        assert_eq!(of_bytes([0; 32]), "0".repeat(43));
        let mut bytes = [0; 32];
        bytes[31] = 62;
        assert_eq!(of_bytes(bytes), format!("{}10", "0".repeat(41)));
        assert_eq!(of_bytes([0xff; 32]), "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
    }

    #[test]
    fn numbers_have_a_fixed_width() {
        assert_eq!(text::<3>(0), "000");
        assert_eq!(text::<3>(61), "00z");
        assert_eq!(text::<3>(62), "010");
        assert_eq!(text::<2>(62 * 62), "00");
        assert_eq!(text::<11>(u64::MAX), "LygHa16AHYF");
    }
}
