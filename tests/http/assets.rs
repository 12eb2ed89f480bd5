//! The stylesheet, the icon and the logo of the pages.

use sha2::{Digest as _, Sha256};

use crate::support::App;
use crate::support::process::{Answer, Service, ok};

fn get(service: &Service, name: &str, known: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = known.into_iter().map(|tag| ("If-None-Match", tag)).collect();
    service.request("GET", &format!("/assets/{name}"), &headers, "")
}

/// Returns the current name of the asset, which every answer carries as its entity tag.
fn name(answer: &Answer) -> String {
    let tag = answer.headers.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    tag.trim_matches('"').to_owned()
}

/// The header of an asset whose name changes with its content.
const IMMUTABLE: &str = "cache-control: public, max-age=31536000, immutable";

#[test]
fn the_stylesheet_is_cacheable_until_the_accent_changes() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let first = name(&get(&service, "apiconn-.css", None));
    let answer = get(&service, &first, None);
    assert_eq!(answer.status, 200);
    for header in [IMMUTABLE, "content-type: text/css; charset=utf-8", "x-content-type-options: nosniff"] {
        assert!(answer.headers.contains(header), "{header}: {answer:?}");
    }
    assert!(answer.body.starts_with(":root { --accent: #1f5fbf;"), "{answer:?}");
    for known in [format!("\"{first}\""), format!("W/\"{first}\""), format!("\"x\", \"{first}\"")] {
        let unchanged = get(&service, &first, Some(&known));
        assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""), "{known}");
    }

    ok(&app.store(), &["settings", "set", "accent_color", "0a7d4f"]);
    let old = get(&service, &first, Some(&format!("\"{first}\"")));
    assert_eq!(old.status, 200);
    assert!(old.headers.contains("cache-control: no-cache"), "{old:?}");
    assert!(old.body.starts_with(":root { --accent: #0a7d4f;"), "{old:?}");
    assert_ne!(name(&old), first);
    assert!(get(&service, &name(&old), None).headers.contains(IMMUTABLE));
}

#[test]
fn the_icon_uses_the_accent_color() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let current = name(&get(&service, "icon-.svg", None));
    let answer = get(&service, &current, None);
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains("content-type: image/svg+xml"), "{answer:?}");
    assert!(answer.headers.contains("; sandbox") && answer.headers.contains(IMMUTABLE), "{answer:?}");
    assert!(answer.body.contains("fill=\"#1f5fbf\"") && answer.body.contains(">A</text>"), "{answer:?}");
}

#[test]
fn a_logo_is_served_as_a_sandboxed_image() {
    let app = App::in_real_time();
    let path = app.folder().join("logo.svg");
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    std::fs::write(&path, svg).unwrap();
    ok(&app.store(), &["settings", "set", "logo_file", path.to_str().unwrap()]);
    let service = Service::start(&app.store());
    let digest: [u8; 32] = Sha256::digest(svg).into();
    let hash = digest[..6].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let answer = get(&service, &format!("logo-{hash}.svg"), None);
    assert_eq!((answer.status, answer.body.as_str()), (200, svg));
    for header in [
        IMMUTABLE,
        "content-type: image/svg+xml",
        "x-content-type-options: nosniff",
        "content-security-policy: default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(answer.headers.contains(header), "{header}: {answer:?}");
    }
    assert_eq!(name(&answer), format!("logo-{hash}.svg"));
}

#[test]
fn unknown_asset_names_are_not_found() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    for name in [
        "",
        "logo-000000000000.svg",
        "apiconn.css",
        "apiconn-x",
        "x.css",
        "icon.svg",
        "..%2fbase.db",
        "%2e%2e",
        "a/b",
    ] {
        assert_eq!(get(&service, name, None).status, 404, "{name}");
    }
    assert_eq!(service.request("POST", "/assets/apiconn-x.css", &[], "").status, 405);
}
