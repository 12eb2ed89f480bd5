//! Tests of the pages' texts, markup and style, and a preview of each page in `target/pages-preview`.

mod markup;
mod style;
mod words;

use std::fmt::Write as _;

use crate::domain::Base;
use crate::domain::id::Environment;
use crate::domain::issuer::Issuer;
use crate::domain::settings::SettingName;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::service::pages::error::ErrorPage;
use crate::service::pages::language::Language;
use crate::service::pages::shared::PageUser;
use crate::service::pages::texts::{Problem, words as words_of};
use crate::service::pages::*;

/// 2026-11-24T10:30:00Z, in milliseconds since 1970.
const NOW: i64 = 1_795_516_200_000;
const BOTH: [Language; 2] = [Language::English, Language::Spanish];

fn base(environment: Environment) -> Base {
    let name = "Acme Maintenance".parse().unwrap();
    Base { store_id: "0".repeat(24), name, environment, created_at: Timestamp::from_millis(0) }
}

fn theme() -> Theme {
    let issuer: Issuer = "https://auth.example.com".parse().unwrap();
    Theme::new(&base(Environment::Live), &Settings::initial(issuer.clone()), &issuer, None)
}

/// A theme with every optional part.
fn customized() -> (Theme, Logo) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logo.svg");
    std::fs::write(&path, include_str!("../../../../tests/support/logo.svg")).unwrap();
    let logo = Logo::read(&path.to_str().unwrap().parse().unwrap()).unwrap();
    let issuer: Issuer = "https://acme.example/auth".parse().unwrap();
    let mut settings = Settings::initial(issuer.clone());
    settings.set(SettingName::AccentColor, "#ffd400").unwrap();
    (Theme::new(&base(Environment::Test), &settings, &issuer, Some(&logo)), logo)
}

const HIDDEN: [HiddenField<'static>; 2] = [
    HiddenField { name: "csrf", value: "c5rf" },
    HiddenField { name: "continue", value: "req_7Hq2mZ0xPa4T" },
];
const USER: PageUser<'static> = PageUser { username: "tech1", display_name: Some("Técnica 1") };

fn application<'a>() -> RequestingApplication<'a> {
    RequestingApplication {
        title: "Field Service Planner",
        client_id: "apcc_live_7Hq2mZ0xPa4T",
        return_host: "planner.field.example",
        owner: Some("Field Software Ltd"),
        description: Some("Plans the rounds of technicians and orders spare parts."),
    }
}

fn requested_scopes() -> [RequestedScope<'static>; 3] {
    let scope =
        |scope, description, granted| RequestedScope { words: ScopeWords { scope, description }, granted };
    [
        scope("assets.read", Some("Read the base's assets"), true),
        scope("work_orders.write", Some("Create and change work orders"), false),
        scope("meters.read", None, false),
    ]
}

fn sign_in(context: PageContext<'_>, problem: Option<SignInProblem>) -> SignInPage<'_> {
    let username = if problem.is_some() { "tech1" } else { "" };
    let application = Some("Field Service Planner");
    SignInPage { context, application, username, problem, action: "/login", hidden: &HIDDEN }
}

fn consent<'a>(context: PageContext<'a>, scopes: &'a [RequestedScope<'a>]) -> ConsentPage<'a> {
    let other_account = "/oauth/authorize?prompt=login";
    ConsentPage {
        context,
        application: application(),
        user: USER,
        scopes,
        action: "/consent",
        hidden: &HIDDEN,
        other_account,
    }
}

fn authorized_applications<'a>() -> Vec<AuthorizedApplication<'a>> {
    let scope = |scope, description| ScopeWords { scope, description };
    vec![
        AuthorizedApplication {
            title: "Field Service Planner",
            client_id: "apcc_live_7Hq2mZ0xPa4T",
            grant: "grt_0a1B2c3D4e5F",
            scopes: vec![
                scope("assets.read", Some("Read the base's assets")),
                scope("work_orders.write", Some("Create and change work orders")),
            ],
            authorized_at: Timestamp::from_millis(NOW - 40 * 86_400_000),
            last_used_at: Some(Timestamp::from_millis(NOW - 7_200_000)),
        },
        AuthorizedApplication {
            title: "Meter Desk",
            client_id: "apcc_live_Zx81kQw0Lm3N",
            grant: "grt_9z8Y7x6W5v4U",
            scopes: vec![scope("meters.read", None)],
            authorized_at: Timestamp::from_millis(NOW - 300_000),
            last_used_at: None,
        },
    ]
}

fn applications<'a>(
    context: PageContext<'a>,
    list: &'a [AuthorizedApplication<'a>],
    notice: Option<Notice<'a>>,
) -> ApplicationsPage<'a> {
    ApplicationsPage {
        context,
        user: USER,
        list,
        now: Timestamp::from_millis(NOW),
        notice,
        revoke_action: "/account/applications/revoke",
        revoke_all_action: "/account/applications/revoke-all",
        sign_out_action: "/logout",
        hidden: &HIDDEN[..1],
    }
}

fn error(context: PageContext<'_>, problem: Problem) -> ErrorPage<'_> {
    ErrorPage {
        context,
        problem,
        wait: None,
        reason: Some("redirect_uri is not registered"),
        client_id: Some("apcc_live_7Hq2mZ0xPa4T"),
        request_id: Some("req_4TnQ2xLm8Zb0"),
    }
}

/// Every page in each of its variants, by name.
fn pages(theme: &Theme, language: Language) -> Vec<(&'static str, String)> {
    let context = PageContext::new(theme, language);
    let throttled = SignInProblem::Throttled { seconds: 300 };
    let (list, scopes) = (authorized_applications(), requested_scopes());
    let account = "/account/applications";
    vec![
        ("sign-in", sign_in(context, None).html()),
        ("sign-in-wrong", sign_in(context, Some(SignInProblem::Wrong)).html()),
        ("sign-in-throttled", sign_in(context, Some(throttled)).html()),
        ("sign-in-ended", sign_in(context, Some(SignInProblem::SessionEnded)).html()),
        ("consent", consent(context, &scopes).html()),
        ("consent-nothing", consent(context, &[]).html()),
        ("applications", applications(context, &list, None).html()),
        (
            "applications-notice",
            applications(context, &list[..1], Some(Notice::Revoked("Meter Desk"))).html(),
        ),
        ("applications-none", applications(context, &[], Some(Notice::RevokedAll(2))).html()),
        ("applications-before", applications(context, &list, Some(Notice::AlreadyRevoked)).html()),
        ("revoke", ConfirmPage::revoke(context, "Meter Desk", "/r", &HIDDEN, account).html()),
        ("revoke-all", ConfirmPage::revoke_all(context, 2, "/r", &HIDDEN, account).html()),
        ("sign-out", ConfirmPage::sign_out(context, "/logout", &HIDDEN, account).html()),
        ("developers", MessagePage::for_developers(context, account).html()),
        ("signed-out", MessagePage::signed_out(context, account).html()),
        ("error-return", error(context, Problem::WrongRedirectUri).html()),
        (
            "error-unavailable",
            ErrorPage { reason: None, client_id: None, ..error(context, Problem::Unavailable) }.html(),
        ),
    ]
}

/// Returns all text between `open` and `close`.
fn between<'a>(html: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    html.split(open).skip(1).map(|rest| rest.split(close).next().unwrap()).collect()
}

/// Returns the tags of an element, each without the element's name.
fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let tags = between(html, &format!("<{element}"), ">");
    tags.into_iter().filter(|tag| tag.is_empty() || tag.starts_with(' ')).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    between(tag, &format!(" {name}=\""), "\"").first().copied()
}

#[test]
fn a_preview_of_every_page_is_written() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages-preview");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    let (plain, (customized, logo)) = (theme(), customized());
    std::fs::write(folder.join("assets").join(logo.name()), logo.bytes()).unwrap();
    let mut index = String::new();
    for (theme, prefix, root) in [(&plain, "", ""), (&customized, "customized-", "/auth")] {
        std::fs::write(folder.join("assets").join(theme.stylesheet_name()), theme.stylesheet()).unwrap();
        std::fs::write(folder.join("assets").join(theme.icon_name()), theme.icon()).unwrap();
        for language in BOTH {
            for (name, html) in pages(theme, language) {
                let file =
                    format!("{prefix}{name}.{}.html", PageContext::new(theme, language).language_tag());
                // The preview is opened as a file, without the service.
                let html = html.replace(&format!("\"{root}/assets/"), "\"assets/");
                std::fs::write(folder.join(&file), html).unwrap();
                writeln!(index, "<p><a href=\"{file}\">{file}</a></p>").unwrap();
            }
        }
    }
    std::fs::write(folder.join("index.html"), index).unwrap();
}
