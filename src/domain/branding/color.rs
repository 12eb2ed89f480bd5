//! Colours in CSS notation, and the contrast between two of them.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;

/// An opaque colour with 8 bits each of red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// A text that is not a colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a colour; write six hexadecimal digits, such as 1f5fbf")]
pub struct ColorError(String);

impl Color {
    /// The darkest colour, `#000000`.
    pub const BLACK: Self = Self([0; 3]);
    /// The brightest colour, `#ffffff`.
    pub const WHITE: Self = Self([255; 3]);

    /// Returns the colour with these components.
    #[must_use]
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Returns the relative luminance, from 0 to 1 (WCAG 2.2).
    #[must_use]
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Returns the contrast ratio to another colour, from 1 to 21 (WCAG 2.2).
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Returns a mix that contains `hundredths` percent of the other colour.
    #[must_use]
    pub fn toward(self, other: Self, hundredths: u8) -> Self {
        let share = u32::from(hundredths.min(100));
        let mut mixed = self.0;
        for (part, goal) in mixed.iter_mut().zip(other.0) {
            let sum = u32::from(*part) * (100 - share) + u32::from(goal) * share;
            // A mean of two bytes is a byte.
            *part = u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }
}

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let unclear = || ColorError(shorten(text));
        // The # is optional because a shell treats a word that begins with # as a comment.
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(unclear());
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| unclear());
        Ok(Self([part(0)?, part(2)?, part(4)?]))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        text.parse().unwrap()
    }

    #[test]
    fn a_colour_has_exactly_six_hexadecimal_digits() {
        assert_eq!(color("#1F5fBf").to_string(), "#1f5fbf");
        assert_eq!(color("1f5FBF").to_string(), "#1f5fbf");
        for text in [
            "", "#", "##1f5fb", "##1f5fbf", "#1f5fb", "#1f5fbf0", "#1f5fbg", "blue", "#fff", "#+1+1+1",
            "#ééé", "#1f5fbf;",
        ] {
            assert_eq!(text.parse::<Color>(), Err(ColorError(text.to_owned())));
        }
    }

    #[test]
    fn contrast_follows_wcag() {
        let ratio = |one, two| format!("{:.2}", color(one).contrast(color(two)));
        assert_eq!(ratio("#000000", "#ffffff"), "21.00");
        assert_eq!(ratio("#ffffff", "#000000"), "21.00");
        assert_eq!(ratio("#777777", "#ffffff"), "4.48");
        assert_eq!(ratio("#767676", "#ffffff"), "4.54");
        assert_eq!(ratio("#ff0000", "#ffffff"), "4.00");
        assert_eq!(ratio("#abcdef", "#abcdef"), "1.00");
    }

    #[test]
    fn a_mix_reaches_both_ends() {
        let (from, to) = (color("#102030"), Color::WHITE);
        assert_eq!(from.toward(to, 0), from);
        assert_eq!(from.toward(to, 100), to);
        assert_eq!(from.toward(to, 50).to_string(), "#889098");
        assert_eq!(Color::WHITE.toward(Color::BLACK, 100), Color::BLACK);
    }
}
