//! Consent is checked again in the transaction that issues the code, independent of an earlier snapshot.

use std::time::Duration;

use apiconn::actions::change::BorrowedTransaction;
use apiconn::actions::oauth::authorize::{Allowance, AuthorizationRefusal, ConsentRequest, allow};
use apiconn::actions::{ActionError, Change};
use apiconn::credentials::digest::Digest;
use apiconn::domain::audit::{Actor, Via};
use apiconn::domain::code::RedirectTarget;
use apiconn::domain::id::OperationId;
use apiconn::domain::refusal::Check;
use apiconn::domain::secret_text::SecretText;
use apiconn::domain::time::Timestamp;
use apiconn::store::sessions::NewSession;
use apiconn::store::{Access, Store, StoreLocation};
use rand::SeedableRng as _;

use crate::support::App;
use crate::support::browser::{CHALLENGE, CodeClient};

use super::FixedClock;

const REDIRECT: &str = "https://field.example/cb";
const NOW: Timestamp = Timestamp::from_millis(1_795_516_200_000);

fn session() -> Digest {
    Digest::of(&SecretText::new("a cookie".to_owned()))
}

/// Makes a base whose user `tech1` is signed in.
fn start() -> (App, CodeClient, Box<dyn Store>) {
    let app = App::new();
    app.user("tech1");
    let consumer = app.code_client("field-app", REDIRECT, "--scope assets.read --scope work_orders.write");
    let user = app.run("user show tech1 -o id").ok().out.trim_end().parse().unwrap();
    let store =
        apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5))
            .unwrap();
    let mut write = store.write(&FixedClock(NOW)).unwrap();
    let new = NewSession {
        digest: &session(),
        browser: &Digest::of(&SecretText::new("a browser".to_owned())),
        user: &user,
        expires_at: NOW.plus("1h".parse().unwrap()),
    };
    write.insert_session(&new).unwrap();
    write.commit().unwrap();
    (app, consumer, store)
}

/// Issues a code for a request of all scopes.
fn issue(
    store: &dyn Store,
    consumer: &CodeClient,
    consent: &Allowance,
    seed: u64,
) -> Result<Result<SecretText, AuthorizationRefusal>, ActionError> {
    let request = ConsentRequest {
        client: consumer.client_id.parse().unwrap(),
        redirect_uri: RedirectTarget::checked(consumer.redirect_uri.clone()),
        state: None,
        scopes: "assets.read work_orders.write".parse().unwrap(),
        challenge: CHALLENGE.parse().unwrap(),
    };
    let actor = Actor {
        via: Via::Service,
        uid: None,
        login_uid: None,
        sudo_user: None,
        terminal: None,
        host: None,
        ci_job: None,
    };
    let (mut random, operation) =
        (rand::rngs::StdRng::seed_from_u64(seed), OperationId::from_random("000000000007"));
    let mut write = store.write(&FixedClock(NOW)).unwrap();
    let mut change = Change::in_transaction(BorrowedTransaction {
        write: write.as_mut(),
        random: &mut random,
        actor: &actor,
        reason: None,
        operation: &operation,
    });
    let issued = allow(&mut change, &session(), &request, consent);
    change.finish().unwrap();
    write.commit().unwrap();
    issued
}

#[test]
fn revoked_grant_is_not_restored_without_new_consent() {
    let (app, consumer, store) = start();
    app.run("grant add tech1 field-app --scope assets.read --scope work_orders.write").ok();
    assert!(issue(store.as_ref(), &consumer, &Allowance::ExistingGrant, 1).unwrap().is_ok());
    app.run("grant revoke tech1/field-app --yes").ok();
    let issued = issue(store.as_ref(), &consumer, &Allowance::ExistingGrant, 2).unwrap();
    assert!(matches!(issued, Err(AuthorizationRefusal::Lapsed)));
    assert_eq!(app.run("grant list -o id").ok().out, "");
    // A grant with fewer scopes is not sufficient either.
    app.run("grant add tech1 field-app --scope assets.read").ok();
    let issued = issue(store.as_ref(), &consumer, &Allowance::ExistingGrant, 3).unwrap();
    assert!(matches!(issued, Err(AuthorizationRefusal::Lapsed)));
    assert_eq!(app.run("grant list -o json").ok().json()["items"][0]["scope"], "assets.read");
    // After a new consent the code is issued.
    let given = Allowance::Given("work_orders.write".parse().unwrap());
    assert!(issue(store.as_ref(), &consumer, &given, 4).unwrap().is_ok());
    let granted = app.run("grant list -o json").ok().json();
    assert_eq!(granted["items"][0]["scope"], "assets.read work_orders.write");
}

#[test]
fn disabled_or_revoked_party_gets_no_code() {
    let given = Allowance::Given("assets.read".parse().unwrap());
    for (ended, destination) in [
        ("consumer disable field-app --yes", true),
        ("consumer revoke field-app --yes", true),
        (
            "consumer edit field-app --add-redirect-uri https://field.example/new --remove-redirect-uri https://field.example/cb",
            true,
        ),
        ("user disable tech1 --yes", false),
        ("consumer edit field-app --remove-scope assets.read", false),
    ] {
        let (app, consumer, store) = start();
        app.run(ended).ok();
        match issue(store.as_ref(), &consumer, &given, 5).unwrap() {
            Err(AuthorizationRefusal::Page(_)) => assert!(destination, "{ended}"),
            Err(AuthorizationRefusal::Request(check)) => {
                assert!(!destination, "{ended}");
                assert!(
                    matches!(check.check, Check::LoginRequired | Check::UserDenied),
                    "{ended}: {check:?}"
                );
            }
            Err(AuthorizationRefusal::Lapsed) | Ok(_) => panic!("{ended}"),
        }
        assert_eq!(app.number("SELECT count(*) FROM authorization_codes"), 0, "{ended}");
        assert_eq!(app.run("grant list -o id").ok().out, "", "{ended}");
    }
}
