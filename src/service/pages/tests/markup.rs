//! Tests of the markup: no scripts, accessibility, use by keyboard, escaping.

use crate::service::pages::tests::*;

#[test]
fn no_page_needs_scripts_or_resources_of_other_hosts() {
    let (customized, _) = customized();
    for (language, (name, html)) in BOTH
        .into_iter()
        .flat_map(|language| pages(&customized, language).into_iter().map(move |page| (language, page)))
    {
        let tag = words_of(language).tag;
        assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{tag}\">\n")), "{name}: {html}");
        for never in ["<script", "<style", " style=", " on", "javascript:", "data:", "//", "<iframe", "<!--"]
        {
            // The text of a page may contain " on".
            let inside = html.split('<').any(|part| part.split('>').next().unwrap().contains(never));
            assert!(!inside && (never == " on" || !html.contains(never)), "{name} has {never}: {html}");
        }
        for path in ["href", "src", "action"]
            .into_iter()
            .flat_map(|name| between(&html, &format!(" {name}=\""), "\""))
        {
            assert!(path.starts_with("/auth/"), "{name}: {path}");
        }
        for form in tags(&html, "form") {
            assert_eq!(attribute(form, "method"), Some("post"), "{name}");
        }
        assert!(!html.contains(['\t', '\r']) && html.ends_with("</html>"), "{name}");
    }
}

#[test]
fn every_page_is_accessible_to_screen_readers_and_keyboards() {
    let theme = theme();
    for (language, (name, html)) in BOTH
        .into_iter()
        .flat_map(|language| pages(&theme, language).into_iter().map(move |page| (language, page)))
    {
        let words = words_of(language);
        let headings: Vec<u32> =
            between(&html, "<h", ">").iter().filter_map(|tag| tag.chars().next()?.to_digit(10)).collect();
        assert_eq!(headings.iter().filter(|level| **level == 1).count(), 1, "{name}: one main heading");
        assert!(headings.first() == Some(&1), "{name}");
        assert!(headings.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {headings:?}");

        let title = between(&html, "<title>", "</title>")[0];
        assert!(title.ends_with(" – Acme Maintenance") && title.len() > 25, "{name}: {title}");
        let reports = name.starts_with("error") || name.starts_with("sign-in-");
        assert_eq!(title.starts_with(words.error), reports, "{name}: {title}");

        let ids = between(&html, " id=\"", "\"");
        for (at, id) in ids.iter().enumerate() {
            assert!(!ids[..at].contains(id), "{name} has the id {id} twice");
        }
        for used in ["aria-describedby", "for"]
            .into_iter()
            .flat_map(|name| between(&html, &format!(" {name}=\""), "\""))
        {
            assert!(ids.contains(&used), "{name}: no element has the id {used}");
        }
        let labels: Vec<&str> =
            tags(&html, "label").into_iter().filter_map(|tag| attribute(tag, "for")).collect();
        let inside: String = between(&html, "<label class=\"tick\">", "</label>").concat();
        for input in tags(&html, "input") {
            let hidden = attribute(input, "type") == Some("hidden");
            let labelled =
                attribute(input, "id").is_some_and(|id| labels.contains(&id)) || inside.contains(input);
            assert!(hidden || labelled, "{name}: {input}");
        }
        assert!(tags(&html, "img").iter().all(|tag| attribute(tag, "alt").is_some()), "{name}");
        assert_eq!((tags(&html, "main").len(), tags(&html, "header").len()), (1, 1), "{name}");
    }
}

#[test]
fn sign_in_fields_have_autocomplete_and_refer_to_the_error() {
    let theme = theme();
    let context = PageContext::new(&theme, Language::English);
    let inputs = |problem| {
        let html = sign_in(context, problem).html();
        let visible = |tag: &&str| attribute(tag, "type") != Some("hidden");
        tags(&html, "input").into_iter().filter(visible).map(str::to_owned).collect::<Vec<_>>()
    };
    let fresh = inputs(None);
    assert_eq!(attribute(&fresh[0], "autocomplete"), Some("username"));
    assert_eq!(attribute(&fresh[1], "autocomplete"), Some("current-password"));
    assert_eq!(attribute(&fresh[1], "value"), None);
    assert!(fresh.iter().all(|tag| !tag.contains("aria-")));
    assert!(fresh[0].contains(" autofocus") && !fresh[1].contains(" autofocus"));
    let wrong = inputs(Some(SignInProblem::Wrong));
    assert_eq!(attribute(&wrong[0], "value"), Some("tech1"));
    for tag in &wrong {
        assert_eq!(attribute(tag, "aria-invalid"), Some("true"));
        assert_eq!(attribute(tag, "aria-describedby"), Some("problem"));
    }
    assert!(!wrong[0].contains(" autofocus") && wrong[1].contains(" autofocus"));
    // The username and password were not checked.
    let ended = inputs(Some(SignInProblem::SessionEnded));
    assert!(ended.iter().all(|tag| attribute(tag, "aria-invalid").is_none()));
}

#[test]
fn scopes_are_checkboxes_and_both_buttons_are_equal() {
    let theme = theme();
    let html = consent(PageContext::new(&theme, Language::English), &requested_scopes()).html();
    let boxes: Vec<&str> =
        tags(&html, "input").into_iter().filter(|tag| attribute(tag, "type") == Some("checkbox")).collect();
    let values: Vec<_> = boxes.iter().map(|tag| (attribute(tag, "name"), attribute(tag, "value"))).collect();
    let scope = |scope| (Some("scope"), Some(scope));
    assert_eq!(values, [scope("assets.read"), scope("work_orders.write"), scope("meters.read")]);
    assert!(boxes.iter().all(|tag| tag.ends_with(" checked") && !tag.contains("disabled")));
    assert_eq!(
        tags(&html, "button"),
        [" name=\"decision\" value=\"deny\"", " name=\"decision\" value=\"allow\""],
        "the first button, which Enter presses, denies"
    );
    assert_eq!(html.matches("Already allowed").count(), 1);
}

#[test]
fn each_application_has_a_button_of_its_own() {
    let theme = theme();
    let (context, list) = (PageContext::new(&theme, Language::English), authorized_applications());
    let html = applications(context, &list, None).html();
    for (title, grant) in [("Field Service Planner", "grt_0a1B2c3D4e5F"), ("Meter Desk", "grt_9z8Y7x6W5v4U")]
    {
        assert!(html.contains(&format!("Revoke<span class=\"unseen\"> {title}</span></button>")), "{html}");
        assert!(
            html.contains(&format!("<input type=\"hidden\" name=\"grant\" value=\"{grant}\">")),
            "{html}"
        );
    }
    assert_eq!(html.matches("name=\"csrf\" value=\"c5rf\"").count(), 4, "revoke twice, revoke all, sign out");
    let one = applications(context, &list[..1], None).html();
    assert!(!one.contains("Revoke all"));
    let none = applications(context, &[], None).html();
    assert!(none.contains("No application may act for you."));
    assert_eq!(none.matches("<form ").count(), 1, "to sign out");
}

#[test]
fn values_from_outside_never_become_markup() {
    let theme = theme();
    let evil = "</p></title><script>alert(1)</script>\"'\u{202e}\u{7}&<!--{{x}}";
    let hidden = [HiddenField { name: "csrf", value: evil }];
    let scopes =
        [RequestedScope { words: ScopeWords { scope: evil, description: Some(evil) }, granted: true }];
    let list = [AuthorizedApplication {
        title: evil,
        client_id: evil,
        grant: evil,
        scopes: vec![ScopeWords { scope: evil, description: Some(evil) }],
        ..authorized_applications().remove(0)
    }];
    let user = PageUser { username: evil, display_name: Some(evil) };
    let application = RequestingApplication {
        title: evil,
        client_id: evil,
        return_host: evil,
        owner: Some(evil),
        description: Some(evil),
    };
    for context in BOTH.map(|language| PageContext::new(&theme, language)) {
        let words = context.words;
        for html in [
            SignInPage {
                application: Some(evil),
                username: evil,
                action: evil,
                hidden: &hidden,
                ..sign_in(context, None)
            }
            .html(),
            ConsentPage {
                application,
                user,
                action: evil,
                hidden: &hidden,
                other_account: evil,
                ..consent(context, &scopes)
            }
            .html(),
            ApplicationsPage {
                user,
                revoke_action: evil,
                hidden: &hidden,
                ..applications(context, &list, Some(Notice::Revoked(evil)))
            }
            .html(),
            ConfirmPage::revoke(context, evil, evil, &hidden, evil).html(),
            MessagePage { context, title: evil, text: evil, link: Some((evil, evil)) }.html(),
            ErrorPage {
                reason: Some(evil),
                client_id: Some(evil),
                request_id: Some(evil),
                ..error(context, Problem::BadRequest)
            }
            .html(),
        ] {
            for never in ["<script", "</title><", "<!--", "\u{202e}", "\u{7}", "\"'"] {
                assert!(!html.contains(never), "{never}: {html}");
            }
            assert_eq!(html.matches("<title>").count(), 1, "{}", words.tag);
            assert!(html.contains("&#60;script&#62;"), "{html}");
        }
    }
}
