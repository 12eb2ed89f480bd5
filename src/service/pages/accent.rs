//! The colours derived from the accent colour, with enough contrast in the light and in the dark scheme.

use std::fmt::Write as _;

use crate::domain::branding::Color;

/// The least contrast of text (WCAG 2.2, success criterion 1.4.3).
const TEXT_CONTRAST: f64 = 4.5;
/// The least contrast of the edge of a control (WCAG 2.2, success criterion 1.4.11).
const EDGE_CONTRAST: f64 = 3.0;

/// A colour scheme of `apiconn.css`: the backbackgrounds of the page and of the card.
struct Scheme {
    backgrounds: [Color; 2],
    /// The colour that is mixed into one with too little contrast.
    extreme: Color,
}

const LIGHT: Scheme = Scheme {
    backgrounds: [Color::rgb(0xf3, 0xf4, 0xf6), Color::rgb(0xff, 0xff, 0xff)],
    extreme: Color::BLACK,
};
const DARK: Scheme = Scheme {
    backgrounds: [Color::rgb(0x10, 0x12, 0x16), Color::rgb(0x1a, 0x1d, 0x23)],
    extreme: Color::WHITE,
};

impl Scheme {
    /// Returns the colour, changed no more than needed for this contrast on every background.
    fn readable(&self, color: Color, contrast: f64) -> Color {
        let is_readable =
            |color: &Color| self.backgrounds.iter().all(|background| color.contrast(*background) >= contrast);
        (0..=100).map(|share| color.toward(self.extreme, share)).find(is_readable).unwrap_or(self.extreme)
    }
}

/// Returns black or white, by the better contrast on a colour. It is always above 4.5.
pub(crate) fn on(color: Color) -> Color {
    if color.contrast(Color::BLACK) > color.contrast(Color::WHITE) { Color::BLACK } else { Color::WHITE }
}

/// The backgrounds of the schemes, light and dark.
#[cfg(test)]
pub(crate) const fn backgrounds() -> [[Color; 2]; 2] {
    [LIGHT.backgrounds, DARK.backgrounds]
}

/// Returns the custom properties that `apiconn.css` uses, as CSS.
pub(crate) fn properties(accent: Color) -> String {
    let mut css = String::new();
    for (scheme, open, close) in
        [(LIGHT, ":root {", "}\n"), (DARK, "@media (prefers-color-scheme: dark) {\n:root {", "}\n}\n")]
    {
        let (text, edge) = (scheme.readable(accent, TEXT_CONTRAST), scheme.readable(accent, EDGE_CONTRAST));
        // Writing to a string cannot fail.
        let _ = write!(
            css,
            "{open} --accent: {accent}; --on-accent: {}; --accent-text: {text}; --accent-edge: {edge}; {close}",
            on(accent)
        );
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accent_has_enough_contrast_in_both_schemes() {
        const STEPS: [u8; 9] = [0x00, 0x1f, 0x33, 0x5f, 0x77, 0x99, 0xbf, 0xcc, 0xff];
        let two = || STEPS.into_iter().flat_map(|one| STEPS.into_iter().map(move |two| (one, two)));
        for (red, (green, blue)) in STEPS.into_iter().flat_map(|red| two().map(move |rest| (red, rest))) {
            let accent = Color::rgb(red, green, blue);
            assert!(accent.contrast(on(accent)) >= TEXT_CONTRAST, "{accent}");
            for scheme in [LIGHT, DARK] {
                for background in scheme.backgrounds {
                    assert!(
                        scheme.readable(accent, TEXT_CONTRAST).contrast(background) >= TEXT_CONTRAST,
                        "{accent} on {background}"
                    );
                    assert!(
                        scheme.readable(accent, EDGE_CONTRAST).contrast(background) >= EDGE_CONTRAST,
                        "{accent} on {background}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_accent_with_enough_contrast_is_unchanged() {
        let css = properties("#1f5fbf".parse().unwrap());
        assert_eq!(
            css,
            ":root { --accent: #1f5fbf; --on-accent: #ffffff; --accent-text: #1f5fbf; --accent-edge: #1f5fbf; }\n\
             @media (prefers-color-scheme: dark) {\n\
             :root { --accent: #1f5fbf; --on-accent: #ffffff; --accent-text: #5585ce; --accent-edge: #2a67c2; }\n}\n"
        );
        let yellow = properties("#ffd400".parse().unwrap());
        assert!(yellow.contains("--accent: #ffd400; --on-accent: #000000;"), "{yellow}");
    }
}
