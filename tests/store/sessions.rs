//! The sessions of a user are bounded.

use std::time::Duration;

use apiconn::actions::sessions::{SessionRequest, begin, current, user_credentials};
use apiconn::credentials::digest::Digest;
use apiconn::domain::refusal::Decision;
use apiconn::domain::secret_text::SecretText;
use apiconn::domain::time::Timestamp;
use apiconn::store::{Access, StoreLocation};
use rand::SeedableRng as _;

use crate::support::App;

use super::FixedClock;

const NOW: Timestamp = Timestamp::from_millis(1_795_516_200_000);

#[test]
fn the_oldest_of_a_hundred_sessions_of_a_user_ends() {
    let app = App::new();
    app.user("tech1");
    app.user("tech2");
    let store =
        apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5))
            .unwrap();
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let mut sign_in = |name: &str| {
        let mut write = store.write(&FixedClock(NOW)).unwrap();
        let credentials = user_credentials(write.as_ref(), name).unwrap().unwrap();
        let request = SessionRequest {
            user: credentials.user.id,
            password_hash: credentials.password_hash,
            browser: Digest::of(&SecretText::new("a browser".to_owned())),
            replaced: None,
        };
        let begun = begin(write.as_mut(), &mut random, NOW, &request).unwrap();
        write.commit().unwrap();
        let Decision::Allowed(cookie) = begun else { panic!("{name} cannot sign in") };
        Digest::of(&cookie)
    };
    let other = sign_in("tech2");
    let sessions: Vec<Digest> = (0..150).map(|_| sign_in("tech1")).collect();
    let read = store.read().unwrap();
    let is_live = |digest: &Digest| current(read.as_ref(), digest, NOW).unwrap().is_some();
    assert_eq!(
        sessions.iter().map(is_live).collect::<Vec<_>>(),
        [[false; 50].as_slice(), &[true; 100]].concat()
    );
    assert!(is_live(&other));
    assert_eq!(app.number("SELECT count(*) FROM sessions"), 101);
}
