//! The accent colour, and what is made of it so that all of it can be read, in light and in dark.

use std::fmt::Write as _;

use crate::domain::branding::Color;

/// What text needs (WCAG 2.2, success criterion 1.4.3).
const TEXT: f64 = 4.5;
/// What the edge of a control needs (WCAG 2.2, success criterion 1.4.11).
const EDGE: f64 = 3.0;

/// A colour scheme: the page's and the card's ground, on which accents lie, as they stand in `apiconn.css`.
struct Scheme {
    grounds: [Color; 2],
    /// Where a colour that is too faint is moved to.
    away: Color,
}

const LIGHT: Scheme =
    Scheme { grounds: [Color::rgb(0xf3, 0xf4, 0xf6), Color::rgb(0xff, 0xff, 0xff)], away: Color::BLACK };
const DARK: Scheme =
    Scheme { grounds: [Color::rgb(0x10, 0x12, 0x16), Color::rgb(0x1a, 0x1d, 0x23)], away: Color::WHITE };

impl Scheme {
    /// The colour, moved no further than needed to stand out this much from every ground.
    fn readable(&self, color: Color, contrast: f64) -> Color {
        let stands_out =
            |color: &Color| self.grounds.iter().all(|ground| color.contrast(*ground) >= contrast);
        (0..=100).map(|share| color.toward(self.away, share)).find(stands_out).unwrap_or(self.away)
    }
}

/// Black or white, whichever can be read better on a colour. One of them always has a contrast above 4.5.
pub(crate) fn on(color: Color) -> Color {
    if color.contrast(Color::BLACK) > color.contrast(Color::WHITE) { Color::BLACK } else { Color::WHITE }
}

/// The grounds that are reckoned with, scheme by scheme.
#[cfg(test)]
pub(crate) const fn grounds() -> [[Color; 2]; 2] {
    [LIGHT.grounds, DARK.grounds]
}

/// The custom properties that `apiconn.css` builds on.
pub(crate) fn properties(accent: Color) -> String {
    let mut css = String::new();
    for (scheme, open, close) in
        [(LIGHT, ":root {", "}\n"), (DARK, "@media (prefers-color-scheme: dark) {\n:root {", "}\n}\n")]
    {
        let (text, edge) = (scheme.readable(accent, TEXT), scheme.readable(accent, EDGE));
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
    fn every_accent_can_be_read_in_both_schemes() {
        const STEPS: [u8; 9] = [0x00, 0x1f, 0x33, 0x5f, 0x77, 0x99, 0xbf, 0xcc, 0xff];
        let two = || STEPS.into_iter().flat_map(|one| STEPS.into_iter().map(move |two| (one, two)));
        for (red, (green, blue)) in STEPS.into_iter().flat_map(|red| two().map(move |rest| (red, rest))) {
            let accent = Color::rgb(red, green, blue);
            assert!(accent.contrast(on(accent)) >= TEXT, "{accent}");
            for scheme in [LIGHT, DARK] {
                for ground in scheme.grounds {
                    assert!(scheme.readable(accent, TEXT).contrast(ground) >= TEXT, "{accent} on {ground}");
                    assert!(scheme.readable(accent, EDGE).contrast(ground) >= EDGE, "{accent} on {ground}");
                }
            }
        }
    }

    #[test]
    fn an_accent_that_can_be_read_stays_as_it_is() {
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
