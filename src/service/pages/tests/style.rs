//! Tests of the stylesheet's contrast and name, and of the escaping in the templates.

use crate::service::pages::tests::*;

#[test]
fn every_template_escapes_everything() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let template = std::fs::read_to_string(&path).unwrap();
        // Askama escapes files with this extension by default.
        assert_eq!(path.extension().and_then(|ending| ending.to_str()), Some("html"));
        for never in ["safe", "escape", "|"] {
            let tags = between(&template, "{{", "}}").into_iter().chain(between(&template, "{%", "%}"));
            for tag in tags {
                assert!(!tag.replace("||", "").contains(never), "{}: {tag}", path.display());
            }
        }
        count += 1;
    }
    assert_eq!(count, 9);
}

#[test]
fn the_stylesheet_has_enough_contrast_in_both_schemes() {
    let style = theme().stylesheet();
    let (light, dark) = style.split_once("@media (prefers-color-scheme: dark) {\n  :root {").unwrap();
    for (scheme, css) in [("light", light), ("dark", dark)] {
        let color = |name: &str| -> crate::domain::branding::Color {
            between(css, &format!("{name}: "), ";")[0].parse().unwrap()
        };
        for (above, below, least) in [
            ("--text", "--background", 7.0),
            ("--text", "--card", 7.0),
            ("--muted", "--background", 4.5),
            ("--muted", "--card", 4.5),
            ("--danger", "--card", 4.5),
            ("--danger", "--background", 4.5),
            ("--danger", "--danger-background", 4.5),
            ("--success", "--success-background", 4.5),
            ("--warning", "--warning-background", 4.5),
            ("--edge", "--background", 3.0),
            ("--edge", "--card", 3.0),
        ] {
            let ratio = color(above).contrast(color(below));
            assert!(ratio >= least, "{scheme}: {above} on {below}: {ratio:.2}");
        }
        let backgrounds = [color("--background"), color("--card")];
        assert!(
            accent::backgrounds().contains(&backgrounds),
            "accent.rs has other backgrounds than the {scheme} scheme"
        );
    }
}

#[test]
fn the_name_of_the_stylesheet_depends_on_its_content() {
    let (plain, (customized, logo)) = (theme(), customized());
    assert_ne!(plain.stylesheet_name(), customized.stylesheet_name());
    assert_eq!(plain.stylesheet_name(), theme().stylesheet_name());
    assert_eq!(plain.stylesheet_name().len(), "apiconn-0123456789ab.css".len());
    let html = MessagePage::signed_out(PageContext::new(&customized, Language::English), "/login").html();
    assert!(html.contains(&format!(
        "<link rel=\"stylesheet\" href=\"/auth/assets/{}\">",
        customized.stylesheet_name()
    )));
    assert!(html.contains(&format!("src=\"/auth/assets/{}\" alt=\"\"", logo.name())));
    assert!(html.contains("Test environment"));
    assert!(html.contains("href=\"/auth/login\""));
}
