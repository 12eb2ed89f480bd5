//! Refresh tokens: rotation, reuse, scope and expiry (RFC 6749 section 6, RFC 9700 section 4.14).

use std::collections::{BTreeMap, BTreeSet};

use crate::support::App;
use crate::support::browser::{Browser, CodeClient, form, pair};
use crate::support::process::{Answer, Service};

use super::{REDIRECT, assert_error};

fn start() -> (App, CodeClient, Service, (String, String)) {
    let (app, consumer, service) = super::start();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    (app, consumer, service, gateway)
}

#[track_caller]
fn assert_invalid_grant(case: &str, answer: &Answer) {
    assert_error(case, answer, 400, "invalid_grant");
}

/// Returns whether a family has ended.
fn is_ended(app: &App) -> bool {
    app.number("SELECT count(*) FROM authorization_codes WHERE ended_at IS NOT NULL") > 0
}

/// Moves all exchanges of refresh tokens into the past by the default grace.
fn after_the_grace(app: &App) {
    app.sql("UPDATE families SET exchanged_at = exchanged_at - 30000");
}

/// Asserts that the family of a refresh token has ended by reuse, and that this is audited once.
#[track_caller]
fn assert_ended(case: &str, app: &App, client: &CodeClient, service: &Service, newest: &str) {
    assert_invalid_grant(case, &client.refresh(service, newest));
    assert_eq!(
        app.number("SELECT count(*) FROM audit WHERE event = 'grant.refresh_token_reused'"),
        1,
        "{case}"
    );
    app.refusal("refresh_reused");
}

#[test]
fn a_refresh_gives_a_new_pair_for_the_same_user_and_client() {
    let (app, consumer, service, gateway) = start();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let mut browser = Browser::default();
    for client in [&consumer, &public] {
        let (access, refresh) = client.tokens(&service, &mut browser, "tech1");
        let answer = client.refresh(&service, &refresh);
        assert_eq!(answer.header("cache-control"), "no-store");
        let (next_access, next_refresh) = pair(&answer);
        assert!(next_access != access && next_refresh != refresh, "{}", client.client_id);
        let [before, after] = [&access, &next_access].map(|token| service.introspect(&gateway, token).json());
        assert_eq!(before["active"], true);
        for field in ["sub", "client_id", "username", "scope"] {
            assert_eq!(before[field], after[field], "{field} of {}", client.client_id);
        }
    }
}

#[test]
fn a_reused_refresh_token_revokes_its_family_only() {
    let (app, consumer, service, gateway) = start();
    app.user("tech2");
    let other = consumer.tokens(&service, &mut Browser::default(), "tech2");
    let (access, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    let (last_access, third) = pair(&consumer.refresh(&service, &second));
    assert_invalid_grant("reused token", &consumer.refresh(&service, &first));
    assert_invalid_grant("newest token", &consumer.refresh(&service, &third));
    for token in [&access, &last_access, &third] {
        assert_eq!(service.introspect(&gateway, token).body, r#"{"active":false}"#, "{token}");
    }
    assert_eq!(service.introspect(&gateway, &other.0).json()["active"], true);
    pair(&consumer.refresh(&service, &other.1));
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "grant.refresh_token_reused");
    app.refusal("refresh_reused");
}

#[test]
fn reuse_is_detected_after_a_restart() {
    let (app, consumer, service, _) = start();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    after_the_grace(&app);
    drop(service);
    let service = Service::start(&app.store());
    assert_invalid_grant("reused token", &consumer.refresh(&service, &first));
    assert_invalid_grant("newest token", &consumer.refresh(&service, &second));
}

#[test]
fn parallel_refreshes_leave_one_valid_refresh_token() {
    let (app, consumer, service, gateway) = start();
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let client = (consumer.client_id.clone(), consumer.secret.clone().unwrap());
    let fields = form(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    let answers = service.post_at_once(50, "/oauth/token", &client, &fields);
    let mut issued = BTreeMap::from([(access, refresh.clone())]);
    for (status, body) in answers {
        assert_eq!(status, 200, "{body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let token = |name: &str| body[name].as_str().unwrap().to_owned();
        issued.insert(token("access_token"), token("refresh_token"));
    }
    assert_eq!(issued.len(), 51, "each response has an access token of its own");
    let refreshes: BTreeSet<&String> = issued.values().collect();
    assert_eq!(refreshes.len(), 2, "all responses have the same refresh token");
    for access in issued.keys() {
        assert_eq!(service.introspect(&gateway, access).json()["active"], true);
    }
    let valid: Vec<_> = refreshes.into_iter().filter(|token| is_valid(&app, token)).collect();
    assert!(valid.len() == 1 && *valid[0] != refresh, "{valid:?}");
    assert_eq!(app.number("SELECT count(*) FROM tokens WHERE kind = 'refresh'"), 1);
    pair(&consumer.refresh(&service, valid[0]));
    app.run("audit verify").ok();
}

/// Returns whether a refresh token is the valid one of its family.
fn is_valid(app: &App, token: &str) -> bool {
    app.call("token inspect - -o json").stdin(token).run().ok().json()["token"]["state"] == "active"
}

#[test]
fn parallel_uses_of_one_refresh_token_succeed_once() {
    let (app, consumer, service, gateway) = start();
    app.run("settings set refresh_token_grace 0s").ok();
    for _ in 0..5 {
        let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
        consumer.race(&service, &gateway, &fields);
    }
    assert_eq!(app.number("SELECT count(*) FROM families WHERE nonce IS NOT NULL"), 0);
    app.run("audit verify").ok();
}

#[test]
fn the_grace_is_that_of_the_consumer_or_the_setting() {
    for (commands, seconds, repeats) in [
        (&["settings set refresh_token_grace 5m"][..], 299, true),
        (&["settings set refresh_token_grace 5m"], 300, false),
        (&["settings set refresh_token_grace 0s"], 0, false),
        (&["consumer edit field-app --refresh-grace 2m"], 119, true),
        (&["consumer edit field-app --refresh-grace 2m"], 120, false),
        (&["consumer edit field-app --refresh-grace 0s"], 0, false),
        (&["settings set refresh_token_grace 0s", "consumer edit field-app --refresh-grace 1m"], 50, true),
    ] {
        let case = format!("{commands:?} after {seconds} s");
        let (app, consumer, service, _) = start();
        for command in commands {
            app.run(command).ok();
        }
        let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        let (_, second) = pair(&consumer.refresh(&service, &first));
        // A few milliseconds may pass until the retry, and no test may depend on them.
        let margin = if repeats { -900 } else { 0 };
        app.sql(&format!("UPDATE families SET exchanged_at = exchanged_at - {}", seconds * 1000 + margin));
        let again = consumer.refresh(&service, &first);
        if repeats {
            assert_eq!(pair(&again).1, second, "{case}");
        } else {
            assert_invalid_grant(&case, &again);
            assert!(is_ended(&app), "{case}");
        }
    }
}

#[test]
fn a_shorter_grace_applies_to_earlier_exchanges() {
    let (app, consumer, service, _) = start();
    app.run("settings set refresh_token_grace 5m").ok();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    app.run("settings set refresh_token_grace 0s").ok();
    assert_invalid_grant("retry", &consumer.refresh(&service, &first));
    assert_ended("newest token", &app, &consumer, &service, &second);
}

#[test]
fn without_rotation_a_refresh_repeats_the_same_token() {
    let (app, consumer, service, gateway) = start();
    app.run("consumer edit field-app --refresh-rotation off").ok();
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let left = || {
        app.number("SELECT expires_at - CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM tokens WHERE kind = 'refresh'")
    };
    let (month, minute) = (30 * 86_400_000, 60_000);
    for _ in 0..3 {
        // The idle lifetime restarts with each use.
        app.sql("UPDATE tokens SET expires_at = expires_at - 29 * 86400000 WHERE kind = 'refresh'");
        let (another, same) = pair(&consumer.refresh(&service, &refresh));
        assert!(same == refresh && another != access);
        assert!((month - minute..=month).contains(&left()), "{}", left());
        assert_eq!(service.introspect(&gateway, &another).json()["active"], true);
    }
    app.sql("UPDATE authorization_codes SET issued_at = issued_at - 365 * 86400000");
    assert_invalid_grant("family of 365 days", &consumer.refresh(&service, &refresh));
    app.refusal("refresh_family_expired");
}

#[test]
fn rotation_that_is_turned_on_rotates_at_the_next_use() {
    let (app, consumer, service, _) = start();
    app.run("consumer edit field-app --refresh-rotation off").ok();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    assert_eq!(pair(&consumer.refresh(&service, &first)).1, first);
    app.run("consumer edit field-app --refresh-rotation on").ok();
    let (_, second) = pair(&consumer.refresh(&service, &first));
    assert_ne!(second, first);
    assert_eq!(pair(&consumer.refresh(&service, &first)).1, second);
    // Without rotation the use of the successor ends the grace of its predecessor, too.
    app.run("consumer edit field-app --refresh-rotation off").ok();
    assert_eq!(pair(&consumer.refresh(&service, &second)).1, second);
    assert_invalid_grant("predecessor", &consumer.refresh(&service, &first));
    assert_ended("newest token", &app, &consumer, &service, &second);
}

#[test]
fn parallel_refreshes_without_rotation_all_succeed() {
    let (app, consumer, service, _) = start();
    app.run("consumer edit field-app --refresh-rotation off").ok();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let client = (consumer.client_id.clone(), consumer.secret.clone().unwrap());
    let fields = form(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    for (status, body) in service.post_at_once(20, "/oauth/token", &client, &fields) {
        let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, answer["refresh_token"].as_str()), (200, Some(refresh.as_str())), "{body}");
    }
    assert_eq!(app.number("SELECT count(*) FROM tokens WHERE kind = 'refresh'"), 1);
}

#[test]
fn the_lifetime_of_a_family_is_judged_at_each_use() {
    let (app, consumer, service, _) = start();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    app.sql("UPDATE authorization_codes SET issued_at = issued_at - 2 * 86400000");
    let mut newest = refresh;
    for (command, accepted) in [
        ("settings set refresh_family_lifetime 1d", false),
        ("settings set refresh_family_lifetime 3d", true),
        ("consumer edit field-app --family-ttl 47h", false),
        ("consumer edit field-app --family-ttl never", true),
        ("settings set refresh_family_lifetime 1d", true),
        ("consumer edit field-app --family-ttl 49h", true),
        ("consumer edit field-app --no-family-ttl", false),
        ("settings set refresh_family_lifetime never", true),
    ] {
        app.run(command).ok();
        assert_eq!(is_valid(&app, &newest), accepted, "{command}");
        let answer = consumer.refresh(&service, &newest);
        if accepted {
            newest = pair(&answer).1;
        } else {
            assert_invalid_grant(command, &answer);
            app.refusal("refresh_family_expired");
        }
    }
}

#[test]
fn a_retry_after_a_lost_response_gives_the_same_successor() {
    let (app, consumer, service, gateway) = start();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let mut browser = Browser::default();
    for client in [&consumer, &public] {
        let (_, first) = client.tokens(&service, &mut browser, "tech1");
        let (access, second) = pair(&client.refresh(&service, &first));
        for _ in 0..3 {
            let (another, same) = pair(&client.refresh(&service, &first));
            assert!(same == second && another != access, "{}", client.client_id);
            assert_eq!(service.introspect(&gateway, &another).json()["active"], true);
        }
        let (_, third) = pair(&client.refresh(&service, &second));
        assert_eq!(pair(&client.refresh(&service, &second)).1, third);
    }
    assert_eq!(app.number("SELECT count(*) FROM audit WHERE event LIKE 'grant.%reused'"), 0);
}

#[test]
fn a_predecessor_ends_the_family_once_its_successor_was_used() {
    let (app, consumer, service, gateway) = start();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let mut browser = Browser::default();
    for client in [&consumer, &public] {
        app.sql("DELETE FROM refusals");
        let before = app.number("SELECT count(*) FROM audit WHERE event = 'grant.refresh_token_reused'");
        let (access, first) = client.tokens(&service, &mut browser, "tech1");
        let (_, second) = pair(&client.refresh(&service, &first));
        let (_, third) = pair(&client.refresh(&service, &second));
        assert_invalid_grant("within the grace", &client.refresh(&service, &first));
        assert_invalid_grant("newest token", &client.refresh(&service, &third));
        assert_invalid_grant("token before", &client.refresh(&service, &second));
        assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#);
        let ended = app.number("SELECT count(*) FROM audit WHERE event = 'grant.refresh_token_reused'");
        assert_eq!(ended - before, 1, "{}", client.client_id);
        app.refusal("refresh_reused");
        app.refusal("refresh_revoked");
    }
}

#[test]
fn a_predecessor_ends_the_family_after_the_grace() {
    let (app, consumer, service, _) = start();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    after_the_grace(&app);
    assert_invalid_grant("predecessor", &consumer.refresh(&service, &first));
    assert_ended("newest token", &app, &consumer, &service, &second);
}

#[test]
fn a_made_up_token_of_a_family_ends_it() {
    let (app, consumer, service, _) = start();
    let (_, newest) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let body = format!("{}{}", &newest[..27], "0".repeat(43));
    let made_up = format!("{body}{}", apiconn::credentials::format::checksum(&body));
    let other = app.code_client("other", REDIRECT, "--scope assets.read");
    assert_invalid_grant("other client", &other.refresh(&service, &made_up));
    let (_, newest) = pair(&consumer.refresh(&service, &newest));
    assert_invalid_grant("made-up token", &consumer.refresh(&service, &made_up));
    assert_ended("newest token", &app, &consumer, &service, &newest);
}

#[test]
fn the_grace_relaxes_no_other_check() {
    for (command, sql, scope, status, error) in [
        ("grant revoke tech1/field-app --yes", "", "assets.read", 400, "invalid_grant"),
        ("user disable tech1 --yes", "", "assets.read", 400, "invalid_grant"),
        ("consumer disable field-app --yes", "", "assets.read", 401, "invalid_client"),
        ("consumer revoke field-app --yes", "", "assets.read", 401, "invalid_client"),
        ("consumer rotate field-app --now --yes", "", "assets.read", 401, "invalid_client"),
        ("", "UPDATE families SET previous_expires_at = exchanged_at", "assets.read", 400, "invalid_grant"),
        ("", "UPDATE authorization_codes SET issued_at = 0", "assets.read", 400, "invalid_grant"),
        ("", "", "assets.write", 400, "invalid_scope"),
    ] {
        let case = format!("{command}{sql}{scope}");
        let (app, consumer, service, _) = start();
        let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        pair(&consumer.refresh(&service, &first));
        if !command.is_empty() {
            app.run(command).ok();
        }
        app.sql(sql);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", first.as_str()), ("scope", scope)];
        assert_error(&case, &consumer.call(&service, "/oauth/token", &fields), status, error);
        // The refused request is no reuse.
        assert!(!is_ended(&app), "{case}");
    }
}

#[test]
fn another_client_does_not_use_up_the_grace() {
    let (app, consumer, service, _) = start();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    assert_invalid_grant("other client", &public.refresh(&service, &first));
    after_the_grace(&app);
    assert_invalid_grant("other client after the grace", &public.refresh(&service, &first));
    pair(&consumer.refresh(&service, &second));
}

#[test]
fn a_repeated_refresh_may_have_another_scope() {
    let (_app, consumer, service, _) = start();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let refresh = |scope: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", first.as_str()), ("scope", scope)];
        let answer = consumer.call(&service, "/oauth/token", &fields);
        (answer.json()["scope"].clone(), pair(&answer).1)
    };
    let narrow = refresh("assets.read");
    let wide = refresh("assets.read work_orders.write");
    assert_eq!((narrow.0, wide.0), ("assets.read".into(), "assets.read work_orders.write".into()));
    assert_eq!(narrow.1, wide.1);
}

#[test]
fn a_family_ends_with_its_lifetime_however_often_it_is_used() {
    let (app, consumer, service, gateway) = start();
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, refresh) = pair(&consumer.refresh(&service, &refresh));
    let day = 86_400_000_i64;
    let issued_before = |days: i64| {
        app.sql(&format!("UPDATE authorization_codes SET issued_at = issued_at - {}", days * day));
    };
    issued_before(364);
    let (_, refresh) = pair(&consumer.refresh(&service, &refresh));
    assert!(is_valid(&app, &refresh));
    issued_before(1);
    assert!(!is_valid(&app, &refresh));
    assert_invalid_grant("family of 365 days", &consumer.refresh(&service, &refresh));
    assert_eq!(app.run("token list --kind refresh --state expired -o id").ok().out.lines().count(), 1);
    let inspected = app.call("token inspect - -o json").stdin(&refresh).run().ok().json();
    let reason = "its sign-in is older than the lifetime of a family";
    assert_eq!(inspected["token"]["refused_because"], reason);
    let refusal = app.refusal("refresh_family_expired");
    assert!(refusal["why"].as_str().unwrap().contains("the end of the lifetime of its family"), "{refusal}");
    // An access token has its own expiry.
    assert_eq!(service.introspect(&gateway, &access).json()["active"], true);
}

#[test]
fn an_access_token_ends_with_its_family_at_the_latest() {
    let day = 86_400_i64;
    for (setting, days_ago, refreshed, expected) in [
        ("30m", 0, false, 1800),
        ("30m", 0, true, 1800),
        ("never", 0, true, 3600),
        ("365d", 0, false, 3600),
        ("365d", 364, true, 3600),
        ("2h", 0, true, 3600),
        ("366d", 365, true, 3600),
    ] {
        let case = format!("{setting}, {days_ago} days ago");
        let (app, consumer, service, gateway) = start();
        app.run(&format!("settings set refresh_family_lifetime {setting}")).ok();
        let code = consumer.code(&service, &mut Browser::default(), "tech1");
        let mut answer = consumer.exchange(&service, &code);
        app.sql(&format!("UPDATE authorization_codes SET issued_at = issued_at - {}", days_ago * day * 1000));
        if refreshed {
            answer = consumer.refresh(&service, &pair(&answer).1);
        }
        let seconds = answer.json()["expires_in"].as_i64().unwrap();
        // A capped lifetime begins with the code, a few seconds earlier.
        assert!((expected - 20..=expected).contains(&seconds), "{case}: {seconds}");
        let introspected = service.introspect(&gateway, &pair(&answer).0).json();
        let lifetime = introspected["exp"].as_i64().unwrap() - introspected["iat"].as_i64().unwrap();
        assert!((seconds..=seconds + 1).contains(&lifetime), "{case}: {lifetime}");
    }
    // The family has five minutes left.
    let (app, consumer, service, _) = start();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    app.sql("UPDATE authorization_codes SET issued_at = issued_at - 365 * 86400000 + 300000");
    let answer = consumer.refresh(&service, &refresh);
    let seconds = answer.json()["expires_in"].as_i64().unwrap();
    assert!((280..=300).contains(&seconds), "{seconds}");
}

#[test]
fn a_code_is_refused_after_the_end_of_its_family() {
    let (app, consumer, service, _) = start();
    app.run("settings set refresh_family_lifetime 30s").ok();
    let mut browser = Browser::default();
    let code = consumer.code(&service, &mut browser, "tech1");
    app.sql("UPDATE authorization_codes SET issued_at = issued_at - 30000");
    assert_invalid_grant("code of an ended family", &consumer.exchange(&service, &code));
    app.refusal("code_expired");
    let code = consumer.code(&service, &mut browser, "tech1");
    pair(&consumer.exchange(&service, &code));
}

#[test]
fn an_old_token_of_an_expired_family_is_no_reuse() {
    let (app, consumer, service, _) = start();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    let (_, third) = pair(&consumer.refresh(&service, &second));
    app.sql("UPDATE authorization_codes SET issued_at = issued_at - 365 * 86400000");
    let records = app.number("SELECT count(*) FROM audit");
    for token in [&first, &second, &third] {
        let answer = consumer.refresh(&service, token);
        assert_invalid_grant("expired family", &answer);
        assert_eq!(app.refusal(&answer.header("request-id"))["check"], "refresh_family_expired");
    }
    assert!(!is_ended(&app));
    assert_eq!(app.number("SELECT count(*) FROM audit"), records);
    // A family that is given more time is alive, and an old token ends it.
    app.run("settings set refresh_family_lifetime never").ok();
    assert_invalid_grant("old token", &consumer.refresh(&service, &first));
    assert_ended("newest token", &app, &consumer, &service, &third);
}

#[test]
fn the_predecessor_of_parallel_refreshes_ends_the_family_later() {
    for grace in ["0s", "5m"] {
        let (app, consumer, service, gateway) = start();
        app.run(&format!("settings set refresh_token_grace {grace}")).ok();
        let (access, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        let client = (consumer.client_id.clone(), consumer.secret.clone().unwrap());
        let fields = form(&[("grant_type", "refresh_token"), ("refresh_token", &first)]);
        let answers = service.post_at_once(50, "/oauth/token", &client, &fields);
        let accepted: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
        let newest: serde_json::Value = serde_json::from_str(&accepted[0].1).unwrap();
        let newest = newest["refresh_token"].as_str().unwrap();
        if grace == "0s" {
            // The second request was reuse, and ended the family.
            assert_eq!(accepted.len(), 1, "{answers:?}");
        } else {
            assert_eq!(accepted.len(), 50, "{answers:?}");
            assert!(!is_ended(&app));
            // The successor is used, so the predecessor is reuse although the grace lasts.
            let (_, third) = pair(&consumer.refresh(&service, newest));
            assert!(is_valid(&app, &third));
            assert_invalid_grant("predecessor", &consumer.refresh(&service, &first));
            assert_invalid_grant("newest token", &consumer.refresh(&service, &third));
        }
        assert!(is_ended(&app), "{grace}");
        assert_ended(grace, &app, &consumer, &service, newest);
        assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#, "{grace}");
        assert_eq!(app.number("SELECT count(*) FROM tokens WHERE kind = 'refresh'"), 1);
    }
}

#[test]
fn the_end_of_a_refresh_token_is_the_earlier_of_both() {
    let (app, consumer, service, _) = start();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let times = || {
        let body = consumer.call(&service, "/oauth/introspect", &[("token", &refresh)]).json();
        body["exp"].as_i64().unwrap() - body["iat"].as_i64().unwrap()
    };
    assert_eq!(times(), 30 * 86_400);
    app.sql("UPDATE authorization_codes SET issued_at = issued_at - 360 * 86400000");
    assert!((5 * 86_400 - 2..=5 * 86_400).contains(&times()), "{}", times());
}

#[test]
fn a_nonce_is_erased_when_the_grace_is_over() {
    let (app, consumer, service, _) = start();
    let mut browser = Browser::default();
    let nonces = || app.number("SELECT count(*) FROM families WHERE nonce IS NOT NULL");
    let (_, refresh) = consumer.tokens(&service, &mut browser, "tech1");
    assert_eq!(nonces(), 0);
    let (_, refresh) = pair(&consumer.refresh(&service, &refresh));
    pair(&consumer.refresh(&service, &refresh));
    assert_eq!(nonces(), 1);
    after_the_grace(&app);
    let (_, refresh) = consumer.tokens(&service, &mut browser, "tech1");
    pair(&consumer.refresh(&service, &refresh));
    assert_eq!(nonces(), 2);
    // The service flushes once a minute, and when it stops.
    assert!(service.stop());
    assert_eq!(nonces(), 1);
}

#[test]
fn a_refresh_that_was_not_stored_has_used_nothing() {
    let (app, consumer, service, _) = start();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let connection = rusqlite::Connection::open(app.store()).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = consumer.refresh(&service, &refresh);
    assert_error("locked store", &refused, 503, "temporarily_unavailable");
    connection.execute_batch("ROLLBACK").unwrap();
    assert!(is_valid(&app, &refresh));
    pair(&consumer.refresh(&service, &refresh));
}

#[test]
fn an_old_refresh_token_revokes_its_family() {
    let (_app, consumer, service, gateway) = start();
    let (access, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    assert_eq!(consumer.call(&service, "/oauth/revoke", &[("token", &first)]).status, 200);
    assert_invalid_grant("newest token", &consumer.refresh(&service, &second));
    assert_invalid_grant("revoked token within the grace", &consumer.refresh(&service, &first));
    assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#);
}

#[test]
fn a_refresh_token_is_inspected_by_its_place_in_the_family() {
    let (app, consumer, service, _) = start();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    let (_, third) = pair(&consumer.refresh(&service, &second));
    let inspect = |token: &str| {
        let token = app.call("token inspect - -o json").stdin(token).run().ok().json()["token"].clone();
        [token["state"].clone(), token["refused_because"].clone()]
    };
    assert_eq!(inspect(&first), ["revoked", "it is not the newest refresh token of its sign-in"]);
    assert_eq!(inspect(&second), ["revoked", "it was used, and a newer token replaced it"]);
    assert_eq!(inspect(&third), ["active".into(), serde_json::Value::Null]);
    for (token, active) in [(&first, false), (&second, false), (&third, true)] {
        let answer = consumer.call(&service, "/oauth/introspect", &[("token", token)]);
        assert_eq!(answer.json()["active"], active);
    }
    let listed = app.run("token list --kind refresh -o id").ok().out;
    let id = app.call("token inspect - -o id").stdin(&third).run().ok().out;
    assert_eq!(listed, id);
    app.run(&format!("token revoke {} --yes", id.trim())).ok();
    assert_invalid_grant("newest token", &consumer.refresh(&service, &third));
}

#[test]
fn a_refresh_may_narrow_the_scope_but_never_widen_it() {
    let (_app, consumer, service, _) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("scope", "assets.read")]));
    let page = browser.sign_in(&service, &page, "tech1");
    let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
    let code = crate::support::browser::query(&answer.header("location"))["code"].clone();
    let (_, narrow) = pair(&consumer.exchange(&service, &code));
    let refresh = |token: &str, scope: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        consumer.call(&service, "/oauth/token", &fields)
    };
    for scope in ["assets.read work_orders.write", "work_orders.write"] {
        assert_error(scope, &refresh(&narrow, scope), 400, "invalid_scope");
    }
    pair(&refresh(&narrow, "assets.read"));
    let (_, full) = consumer.tokens(&service, &mut browser, "tech1");
    let answer = refresh(&full, "assets.read");
    assert_eq!(answer.json()["scope"], "assets.read");
    // The new refresh token keeps the scope of the grant.
    let answer = consumer.refresh(&service, &pair(&answer).1);
    assert_eq!(answer.json()["scope"], "assets.read work_orders.write");
}

#[test]
fn a_refresh_token_is_bound_to_its_client() {
    let (app, consumer, service, _) = start();
    let other = app.code_client("other", REDIRECT, "--scope assets.read");
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    for (case, client) in [("other client", &other), ("public client", &public)] {
        assert_invalid_grant(case, &client.refresh(&service, &refresh));
    }
    let mut tampered = refresh.clone();
    tampered.replace_range(10..11, if &refresh[10..11] == "a" { "b" } else { "a" });
    for wrong in [access.as_str(), &tampered, &refresh[..75], &refresh[..53], &format!("{refresh}x"), "x"] {
        assert_invalid_grant(wrong, &consumer.refresh(&service, wrong));
    }
    let missing = consumer.call(&service, "/oauth/token", &[("grant_type", "refresh_token")]);
    assert_error("no refresh token", &missing, 400, "invalid_request");
    // The failed attempts did not consume the token.
    pair(&consumer.refresh(&service, &refresh));
}

#[test]
fn an_idle_refresh_token_expires() {
    let (app, consumer, service, _) = start();
    app.run("settings set refresh_token_lifetime 1d").ok();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    app.sql("UPDATE tokens SET expires_at = issued_at WHERE kind = 'refresh'");
    assert_invalid_grant("expired token", &consumer.refresh(&service, &refresh));
}

#[test]
fn revoking_or_disabling_ends_the_refresh_token() {
    for (command, status, error) in [
        ("grant revoke tech1/field-app --yes", 400, "invalid_grant"),
        ("user disable tech1 --yes", 400, "invalid_grant"),
        ("user offboard tech1 --yes", 400, "invalid_grant"),
        ("consumer disable field-app --yes", 401, "invalid_client"),
        ("consumer revoke field-app --yes", 401, "invalid_client"),
    ] {
        let (app, consumer, service, gateway) = start();
        let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        app.run(command).ok();
        assert_error(command, &consumer.refresh(&service, &refresh), status, error);
        assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#, "{command}");
    }
}

#[test]
fn an_immediate_rotation_ends_access_tokens_only() {
    let (app, mut consumer, service, gateway) = start();
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let run = app.run("consumer rotate field-app --now --yes -o tsv").ok();
    assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#);
    assert_eq!(consumer.refresh(&service, &refresh).status, 401);
    consumer.secret = Some(run.out.trim_end().rsplit('\t').next().unwrap().to_owned());
    pair(&consumer.refresh(&service, &refresh));
}

#[test]
fn use_of_a_grant_is_recorded_when_the_service_stops() {
    let (app, consumer, service, _) = start();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    pair(&consumer.refresh(&service, &refresh));
    let last_used_at =
        || app.run("grant show tech1/field-app -o json").ok().json()["grant"]["last_used_at"].clone();
    // Use is written once a minute, and when the service stops.
    assert!(last_used_at().is_null());
    assert!(service.stop());
    assert!(last_used_at().is_string());
}
