//! Tests of the reasons.

use crate::domain::id::ClientKind;
use crate::domain::refusal::{
    Check, ClientRef, Explanation, KnownClient, Refusal, compare_redirect, every_check,
};
use crate::domain::throttle::SubjectKind;
use crate::domain::time::Timestamp;
use crate::explain::explain;
use crate::explain::reason::reason;

#[test]
fn every_check_is_explained_in_one_clause() {
    for check in every_check() {
        let refusal = Refusal::from(check);
        let Explanation { why, suggested_command } = explain(&refusal);
        assert!(why.starts_with(|first: char| first.is_lowercase()) && !why.ends_with('.'), "{why}");
        // Without a client and a user, only the list of scopes and the store can be shown.
        let fixable = ["scope_unknown", "store_unavailable"].contains(&refusal.check.code());
        assert_eq!(suggested_command.is_some(), fixable, "{why}");
    }
}

/// Returns a refusal of the consumer field-app for the user tech1.
fn refusal(check: Check) -> Refusal {
    Refusal {
        client: Some(ClientRef {
            id: "apcc_test_7Hq2mZ0xPa4T".parse().unwrap(),
            known: Some(KnownClient { kind: ClientKind::Consumer, name: "field-app".parse().unwrap() }),
        }),
        user: "tech1".parse().ok(),
        ..check.into()
    }
}

#[test]
fn a_reason_names_the_object_and_the_fault() {
    let at = Timestamp::from_millis(1_795_428_000_000);
    let scope = |text: &str| text.parse().unwrap();
    let other = || ClientRef {
        id: "apck_test_0123456789ab".parse().unwrap(),
        known: Some(KnownClient { kind: ClientKind::Key, name: "erp-sync".parse().unwrap() }),
    };
    let sent = "https://app.example/cb/".to_owned();
    let nearest = compare_redirect(&sent, &["https://app.example/cb".parse().unwrap()], false);
    for (check, expected) in [
        (
            Check::RedirectMismatch { sent, nearest },
            "the redirect URI sent, https://app.example/cb/, differs from the registered https://app.example/cb by a trailing slash",
        ),
        (
            Check::SecretRetired { hint: "Qr4t".to_owned(), at },
            "the consumer field-app sent its secret ending Qr4t, which a rotation retired at 2026-11-23T10:00:00.000Z",
        ),
        (
            Check::ScopeNotHeld {
                missing: "work_orders.write".parse().unwrap(),
                group: Some("readers".parse().unwrap()),
            },
            "the scope work_orders.write is not in the group readers of the consumer field-app, nor among its own scopes",
        ),
        (
            Check::ScopeNotHeld { missing: "a b".parse().unwrap(), group: None },
            "the scopes a b are not among the scopes of the consumer field-app, which has no group",
        ),
        (
            Check::ScopeUnknown { scope: scope("asset.read"), near: Some(scope("assets.read")) },
            "the scope asset.read is not declared; assets.read is",
        ),
        (
            Check::SecretOfOther(other()),
            "the secret that the consumer field-app sent belongs to the key erp-sync (apck_test_0123456789ab)",
        ),
        (
            Check::ClientUnknown { sent: "erp-sync".to_owned(), meant: Some(other()) },
            "client_id was \"erp-sync\", which is the name of the key erp-sync (apck_test_0123456789ab); send its id instead",
        ),
        (
            Check::CodeReplayed { redeemed_at: at },
            "the code was exchanged before, at 2026-11-23T10:00:00.000Z; every token issued from it was ended, because the code may have been stolen or the consumer sent it twice",
        ),
        (
            Check::RefreshReused { rotated_at: Some(at) },
            "the refresh token was used before, at 2026-11-23T10:00:00.000Z; every token of its family was ended, because it may have been stolen or the consumer field-app sent an old one",
        ),
        (
            Check::RefreshReused { rotated_at: None },
            "the refresh token is not the newest of its family; every token of the family was ended, because one may have been stolen or the consumer field-app sent an old one",
        ),
        (
            Check::RefreshExpired { at },
            "the refresh token reached the end of its own lifetime at 2026-11-23T10:00:00.000Z; the user tech1 must sign in again",
        ),
        (
            Check::RefreshFamilyExpired { at },
            "the refresh token reached the end of the lifetime of its family at 2026-11-23T10:00:00.000Z; the user tech1 must sign in again",
        ),
        (Check::WrongPassword, "the password of the user tech1 was wrong"),
        (
            Check::ConsentRequired { missing: Some("a".parse().unwrap()) },
            "prompt=none was sent, but the user tech1 has not granted the scope a to the consumer field-app",
        ),
        (
            Check::Throttled { what: SubjectKind::Password, until: at },
            "too many wrong passwords for this account: attempts are refused without being checked until 2026-11-23T10:00:00.000Z",
        ),
    ] {
        assert_eq!(reason(&refusal(check)), expected);
    }
}

#[test]
fn an_unknown_client_is_described_by_its_id() {
    let anonymous = Refusal::from(Check::VerifierMissing);
    assert_eq!(reason(&anonymous), "the client sent no code_verifier, which its code_challenge requires");
    let nameless = Refusal::from(Check::ConfidentialWithoutSecret).of_sent_id(Some("apcc_test_7Hq2mZ0xPa4T"));
    assert_eq!(reason(&nameless), "the client apcc_test_7Hq2mZ0xPa4T has a secret but did not send it");
}

#[test]
fn text_from_a_request_is_shortened() {
    let sent = "é".repeat(100_000);
    for check in [
        Check::ClientUnknown { sent: sent.clone(), meant: None },
        Check::ClientIdsDiffer { header: sent.clone(), body: sent.clone() },
        Check::redirect_mismatch(&sent, &["https://app.example/cb".parse().unwrap()]),
        Check::CodeRedirectDiffers { sent: Some(sent.clone()), expected: sent },
    ] {
        let why = reason(&refusal(check));
        assert!(why.chars().count() < 600, "{why}");
    }
}
