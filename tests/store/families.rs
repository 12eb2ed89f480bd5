//! Families of refresh tokens: the chain is compared with a model, and its size is constant.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apiconn::actions::oauth::revoke::find_token;
use apiconn::actions::oauth::{CodeExchange, IssuedPair, RefreshRequest, redeem_code, refresh};
use apiconn::actions::{ActionError, BorrowedTransaction, Change};
use apiconn::credentials::format::checksum;
use apiconn::credentials::mint;
use apiconn::credentials::mint::Random;
use apiconn::domain::State;
use apiconn::domain::audit::{Actor, Via};
use apiconn::domain::id::{ClientId, OperationId};
use apiconn::domain::refusal::{Check, Decision};
use apiconn::domain::secret_text::SecretText;
use apiconn::domain::time::{Clock, Timestamp};
use apiconn::store::{Access, Store, StoreLocation};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rand::SeedableRng as _;

use crate::support::App;
use crate::support::browser::{CHALLENGE, VERIFIER};

use super::{number, raw};

/// The time at which the clock of [`App`] stands.
const BEGIN: i64 = 1_795_516_200_000;
const MINUTE: i64 = 60_000;
const REDIRECT: &str = "https://field.example/cb";

/// A clock that a test sets.
#[derive(Clone)]
struct HandClock(Arc<AtomicI64>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A store with the grant of `tech1` to the consumer `field-app`, and the consumer `other`.
struct Fixture {
    app: App,
    store: Box<dyn Store>,
    clock: HandClock,
    random: Mutex<Box<Random>>,
    actor: Actor,
    client: ClientId,
    other: ClientId,
}

impl Fixture {
    fn new() -> Self {
        let app = App::new();
        app.user("tech1");
        let [client, other] = ["field-app", "other"].map(|name| {
            let client = app.code_client(name, REDIRECT, "--scope assets.read");
            client.client_id.parse().unwrap()
        });
        app.run("grant add tech1 field-app --scope assets.read").ok();
        let location = StoreLocation::File(app.store());
        let store = apiconn::store::open(&location, Access::Serve, Duration::from_secs(10)).unwrap();
        let actor = Actor {
            via: Via::Service,
            uid: None,
            login_uid: None,
            sudo_user: None,
            terminal: None,
            host: None,
            ci_job: None,
        };
        let clock = HandClock(Arc::new(AtomicI64::new(BEGIN)));
        let random: Box<Random> = Box::new(rand::rngs::StdRng::seed_from_u64(11));
        Self { app, store, clock, random: Mutex::new(random), actor, client, other }
    }

    /// Makes a change and commits it, as the writer of the service does.
    fn change<T>(
        &self,
        make: impl FnOnce(&mut Change<'_>) -> Result<Decision<T>, ActionError>,
    ) -> Result<T, Check> {
        let mut write = self.store.write(&self.clock).unwrap();
        let operation = OperationId::from_random("000000000000");
        let mut random = self.random.lock().unwrap();
        let mut change = Change::in_transaction(BorrowedTransaction {
            write: write.as_mut(),
            random: &mut **random,
            actor: &self.actor,
            reason: None,
            operation: &operation,
        });
        let decision = make(&mut change).unwrap();
        change.finish().unwrap();
        write.commit().unwrap();
        decision.into_result().map_err(|refusal| refusal.check)
    }

    /// Begins a family now, and returns its first refresh token.
    fn begin(&self) -> String {
        let code = mint::authorization_code(&mut **self.random.lock().unwrap());
        let now = self.clock.now().millis();
        raw(&self.app.store())
            .execute(
                "INSERT INTO authorization_codes (digest, client_seq, grant_seq, redirect_uri, scope, code_challenge, issued_at, \
                   expires_at) \
                 SELECT ?1, client_seq, seq, ?2, scope, ?3, ?4, ?4 + 60000 FROM grants",
                rusqlite::params![code.digest.as_bytes(), REDIRECT, CHALLENGE, now],
            )
            .unwrap();
        let exchange = CodeExchange {
            client: self.client.clone(),
            secret: None,
            code: code.plain,
            redirect_uri: Some(REDIRECT.to_owned()),
            verifier: Some(SecretText::new(VERIFIER.to_owned())),
        };
        text(&self.change(|change| redeem_code(change, &exchange)).unwrap())
    }

    fn refresh(&self, client: &ClientId, token: &str) -> Result<String, Check> {
        let request = RefreshRequest {
            client: client.clone(),
            secret: None,
            token: SecretText::new(token.to_owned()),
            scopes: None,
        };
        self.change(|change| refresh(change, request)).map(|pair| text(&pair))
    }

    /// Returns whether introspection and `token inspect` report a refresh token as valid.
    fn is_valid(&self, token: &str) -> bool {
        let read = self.store.read().unwrap();
        let record = find_token(read.as_ref(), &SecretText::new(token.to_owned())).unwrap();
        record.is_some_and(|record| record.state(self.clock.now()) == State::Active)
    }
}

#[expect(clippy::disallowed_methods, reason = "a client knows its own tokens")]
fn text(pair: &IssuedPair) -> String {
    pair.refresh.expose().to_owned()
}

/// The family as a client with a perfect memory knows it.
struct Model {
    began_at: i64,
    /// The refresh tokens, oldest first, each with its expiry.
    chain: Vec<(String, i64)>,
    /// The moment of the last exchange, if it may be repeated within the grace.
    repeatable_since: Option<i64>,
    is_ended: bool,
}

/// Settings in milliseconds; `family` is `None` for families without an end.
#[derive(Clone, Copy, Debug)]
struct Rules {
    grace: i64,
    family: Option<i64>,
    rotates: bool,
}

/// The lifetime of an unused refresh token.
const IDLE: i64 = 60 * MINUTE;

/// The expected outcome of presenting a token.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Successor,
    /// The token with this index.
    Known(usize),
    Expired,
    FamilyExpired,
    Ended,
    Reused,
}

impl Model {
    fn end(&self, rules: Rules) -> i64 {
        rules.family.map_or(i64::MAX, |lifetime| self.began_at + lifetime)
    }

    /// Presents the token that is `age` exchanges older than the newest.
    fn present(&mut self, age: usize, now: i64, rules: Rules) -> Expected {
        let newest = self.chain.len() - 1;
        let in_grace = self.repeatable_since.is_some_and(|since| (now - since).abs() < rules.grace);
        if self.is_ended {
            return Expected::Ended;
        }
        if age > 1 || (age == 1 && !in_grace) {
            if self.end(rules) <= now {
                return Expected::FamilyExpired;
            }
            self.is_ended = true;
            return Expected::Reused;
        }
        let expiry = self.chain[newest - age].1;
        if expiry.min(self.end(rules)) <= now {
            return if expiry < self.end(rules) { Expected::Expired } else { Expected::FamilyExpired };
        }
        match age {
            1 => Expected::Known(newest),
            _ if rules.rotates => {
                self.repeatable_since = (rules.grace > 0).then_some(now);
                Expected::Successor
            }
            _ => {
                self.repeatable_since = None;
                self.chain[newest].1 = now + IDLE;
                Expected::Known(newest)
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Presents the token that is this number of exchanges older than the newest, if there is one.
    Present(usize),
    /// Another client presents such a token.
    PresentByOther(usize),
    /// Presents a well-formed token of the family that was never issued.
    PresentMadeUp,
    /// Moves the clock, also backwards.
    Move(i64),
    Change(Rules),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rules = (
        proptest::sample::select(vec![0, 30_000, 300_000]),
        proptest::sample::select(vec![None, Some(90 * MINUTE), Some(500 * MINUTE)]),
        prop::bool::weighted(0.7),
    )
        .prop_map(|(grace, family, rotates)| Rules { grace, family, rotates });
    let step = prop_oneof![
        8 => Just(Step::Present(0)),
        5 => Just(Step::Present(1)),
        1 => (2usize..5).prop_map(Step::Present),
        1 => (0usize..3).prop_map(Step::PresentByOther),
        1 => Just(Step::PresentMadeUp),
        3 => (0i64..40_000).prop_map(Step::Move),
        1 => (-40_000i64..0).prop_map(Step::Move),
        2 => (0i64..70).prop_map(|minutes| Step::Move(minutes * MINUTE)),
        2 => rules.prop_map(Step::Change),
    ];
    prop::collection::vec(step, 1..30)
}

fn apply_rules(fixture: &Fixture, rules: Rules) {
    let minutes = |millis: i64| format!("{}s", millis / 1000);
    let family = rules.family.map_or_else(|| "never".to_owned(), minutes);
    let app = &fixture.app;
    app.run(&format!("settings set refresh_token_grace {}", minutes(rules.grace))).ok();
    app.run(&format!("settings set refresh_family_lifetime {family}")).ok();
    let rotation = if rules.rotates { "on" } else { "off" };
    app.run(&format!("consumer edit field-app --refresh-rotation {rotation}")).ok();
}

/// Compares the outcome of presenting a token with the model.
fn compare(model: &mut Model, outcome: Result<String, Check>, expected: &Expected, now: i64) {
    match (outcome, expected) {
        (Ok(token), Expected::Successor) => {
            assert!(model.chain.iter().all(|(known, _)| *known != token), "an old token is given out again");
            model.chain.push((token, now + IDLE));
        }
        (Ok(token), Expected::Known(index)) => assert_eq!(token, model.chain[*index].0),
        (Err(Check::RefreshExpired { .. }), Expected::Expired)
        | (Err(Check::RefreshFamilyExpired { .. }), Expected::FamilyExpired)
        | (Err(Check::RefreshRevoked { .. }), Expected::Ended)
        | (Err(Check::RefreshReused { .. }), Expected::Reused) => {}
        (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
    }
}

#[test]
fn a_family_behaves_like_its_model() {
    let fixture = Fixture::new();
    fixture.app.run("settings set refresh_token_lifetime 60m").ok();
    let connection = raw(&fixture.app.store());
    let config = Config { failure_persistence: None, ..Config::with_cases(48) };
    let property = |steps: Vec<Step>| {
        let mut rules = Rules { grace: 30_000, family: Some(500 * MINUTE), rotates: true };
        apply_rules(&fixture, rules);
        let mut now = BEGIN;
        fixture.clock.0.store(now, Ordering::SeqCst);
        let families = number(&connection, "SELECT count(*) FROM families");
        let first = fixture.begin();
        let mut model = Model {
            began_at: now,
            chain: vec![(first, now + IDLE)],
            repeatable_since: None,
            is_ended: false,
        };
        for step in steps {
            let token = |age: usize| model.chain.iter().rev().nth(age).map(|(token, _)| token.clone());
            match step {
                Step::Present(age) => {
                    let Some(presented) = token(age) else { continue };
                    let expected = model.present(age, now, rules);
                    compare(&mut model, fixture.refresh(&fixture.client, &presented), &expected, now);
                }
                Step::PresentByOther(age) => {
                    let Some(presented) = token(age) else { continue };
                    let outcome = fixture.refresh(&fixture.other, &presented);
                    prop_assert!(matches!(outcome, Err(Check::RefreshOfOther(_))), "{outcome:?}");
                }
                Step::PresentMadeUp => {
                    let body = format!("{}{}", &model.chain[0].0[..27], "z".repeat(43));
                    let made_up = format!("{body}{}", checksum(&body));
                    let expected = model.present(2, now, rules);
                    compare(&mut model, fixture.refresh(&fixture.client, &made_up), &expected, now);
                }
                Step::Move(millis) => {
                    now += millis;
                    fixture.clock.0.store(now, Ordering::SeqCst);
                }
                Step::Change(changed) => {
                    rules = changed;
                    apply_rules(&fixture, rules);
                }
            }
            let newest = model.chain.len() - 1;
            for (index, (token, expiry)) in model.chain.iter().enumerate() {
                let valid = index == newest && !model.is_ended && now < (*expiry).min(model.end(rules));
                prop_assert_eq!(fixture.is_valid(token), valid, "token {} of {}", index, newest);
            }
            prop_assert_eq!(number(&connection, "SELECT count(*) FROM families"), families + 1);
        }
        Ok(())
    };
    TestRunner::new(config).run(&steps(), property).unwrap();
    fixture.app.run("audit verify").ok();
}

#[test]
fn the_size_of_a_family_is_constant() {
    let fixture = Fixture::new();
    let mut token = fixture.begin();
    let connection = raw(&fixture.app.store());
    let rows = || {
        ["tokens WHERE kind = 'refresh'", "families", "authorization_codes"]
            .map(|rows| number(&connection, &format!("SELECT count(*) FROM {rows}")))
    };
    let first = token.clone();
    for round in 0..1000 {
        token = fixture.refresh(&fixture.client, &token).unwrap();
        if round % 100 == 0 {
            assert_eq!(rows(), [1, 1, 1]);
        }
    }
    assert_eq!(rows(), [1, 1, 1]);
    // Reuse of the first token is recognised after all these exchanges.
    assert_eq!(fixture.refresh(&fixture.client, &first), Err(Check::RefreshReused { rotated_at: None }));
    assert!(!fixture.is_valid(&token));
}

#[test]
fn a_clock_that_is_set_back_does_not_extend_the_grace() {
    for (back, repeats) in [(29_000, true), (30_000, false), (31_536_000_000, false)] {
        let fixture = Fixture::new();
        let first = fixture.begin();
        let second = fixture.refresh(&fixture.client, &first).unwrap();
        fixture.clock.0.fetch_sub(back, Ordering::SeqCst);
        let again = fixture.refresh(&fixture.client, &first);
        assert_eq!(again.ok(), repeats.then_some(second), "{back} ms");
    }
}
