//! The icon in the browser's tab: the base's first letter on the accent.

use crate::domain::branding::Color;

use crate::service::pages::accent::on;

/// Returns the icon as SVG.
pub(crate) fn svg(base: &str, accent: Color) -> String {
    // A letter or digit needs no escaping in XML.
    let letter: String = base
        .chars()
        .find(|letter| letter.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"8\" fill=\"{accent}\"/><text x=\"16\" y=\"23\" text-anchor=\"middle\" font-family=\"system-ui, sans-serif\" font-size=\"20\" font-weight=\"700\" fill=\"{}\">{letter}</text></svg>",
        on(accent)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_shows_the_first_letter_of_the_base() {
        let letter = |base: &str| {
            let svg = svg(base, Color::WHITE);
            svg.rsplit_once("fill=\"#000000\">").unwrap().1.strip_suffix("</text></svg>").unwrap().to_owned()
        };
        assert_eq!(letter("acme"), "A");
        assert_eq!(letter("<&\"área\">"), "Á");
        assert_eq!(letter("東京"), "東");
        assert_eq!(letter("–"), "");
    }
}
