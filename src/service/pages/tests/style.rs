//! That all can be read, and that the style is found under a name of its own.

use crate::service::pages::tests::*;

#[test]
fn every_template_escapes_everything() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let template = std::fs::read_to_string(&path).unwrap();
        // Only these endings are escaped by themselves.
        assert_eq!(path.extension().and_then(|ending| ending.to_str()), Some("html"));
        for never in ["safe", "escape", "|"] {
            let tags = between(&template, "{{", "}}").into_iter().chain(between(&template, "{%", "%}"));
            for tag in tags {
                assert!(!tag.replace("||", "").contains(never), "{}: {tag}", path.display());
            }
        }
        found += 1;
    }
    assert_eq!(found, 9);
}

#[test]
fn the_style_can_be_read_in_both_schemes() {
    let style = look().stylesheet();
    let (light, dark) = style.split_once("@media (prefers-color-scheme: dark) {\n  :root {").unwrap();
    for (scheme, css) in [("light", light), ("dark", dark)] {
        let color = |name: &str| -> crate::domain::branding::Color {
            between(css, &format!("{name}: "), ";")[0].parse().unwrap()
        };
        for (above, below, least) in [
            ("--text", "--ground", 7.0),
            ("--text", "--card", 7.0),
            ("--quiet", "--ground", 4.5),
            ("--quiet", "--card", 4.5),
            ("--bad", "--card", 4.5),
            ("--bad", "--ground", 4.5),
            ("--bad", "--bad-ground", 4.5),
            ("--good", "--good-ground", 4.5),
            ("--note", "--note-ground", 4.5),
            ("--edge", "--ground", 3.0),
            ("--edge", "--card", 3.0),
        ] {
            let ratio = color(above).contrast(color(below));
            assert!(ratio >= least, "{scheme}: {above} on {below}: {ratio:.2}");
        }
        let grounds = [color("--ground"), color("--card")];
        assert!(
            accent::grounds().contains(&grounds),
            "accent.rs reckons with other grounds than {scheme} has"
        );
    }
}

#[test]
fn the_stylesheet_is_named_after_what_it_holds() {
    let (plain, (dressed, logo)) = (look(), dressed());
    assert_ne!(plain.stylesheet_name(), dressed.stylesheet_name());
    assert_eq!(plain.stylesheet_name(), look().stylesheet_name());
    assert_eq!(plain.stylesheet_name().len(), "apiconn-0123456789ab.css".len());
    let html = MessagePage::signed_out(Frame::new(&dressed, Language::English), "/login").html();
    assert!(
        html.contains(&format!(
            "<link rel=\"stylesheet\" href=\"/auth/assets/{}\">",
            dressed.stylesheet_name()
        ))
    );
    assert!(html.contains(&format!("src=\"/auth/assets/{}\" alt=\"\"", logo.name())));
    assert!(html.contains("Test environment"));
    assert!(html.contains("href=\"/auth/login\""));
}
