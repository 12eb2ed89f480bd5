//! ValidRequest passwords: as many at a time as there are processors, since each takes 64 MiB.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::credentials::password;
use crate::domain::refusal::Check;
use crate::domain::secret_text::SecretText;

/// How many may wait for their permit. Beyond it people are told so instead of waiting.
const QUEUE: usize = 64;

/// A hash of a password that nobody knows, so that an unknown user takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$VbTnVFuZLJH5o1UGDZVQ0w$0V8eS5Gd2F9mvQXyHkqYJw0d1q4z5dQm8rX7o2v9n1k";

/// Where passwords are checked.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A permit at checking one password. Whoever has it keeps it until a failure is counted, so that no more attempts run ahead
/// of the counter than there are turns.
pub(crate) struct HashPermit {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { turns: semaphore(processors), places: semaphore(processors + QUEUE) }
    }
}

impl Passwords {
    /// Waits for a permit.
    ///
    /// # Errors
    /// Refuses where too many wait already.
    pub(crate) async fn permit(&self) -> Result<HashPermit, Check> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Check::Overloaded)?;
        let permit = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Check::Overloaded)?;
        Ok(HashPermit { _place: place, _turn: permit })
    }
}

impl HashPermit {
    /// Whether the password is the one behind the hash; for no hash it takes as long, and is not. The permit comes back with
    /// the answer. It goes with the work, which goes on when whoever waits for it breaks off: else breaking off would let
    /// a stranger have any number of passwords hashed at once.
    pub(crate) async fn verify(self, phc: Option<String>, password: SecretText) -> (bool, Option<Self>) {
        let is_somebody = phc.is_some();
        let phc = phc.unwrap_or_else(|| NOBODY.to_owned());
        let verified = spawn_blocking(move || (password::verify(&phc, &password), self)).await;
        verified.map_or((false, None), |(is_right, permit)| (is_somebody && is_right, Some(permit)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::mpsc::channel;
    use std::task::Poll;
    use std::time::Instant;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn nobody_has_a_hash_that_can_be_checked_and_costs_as_much_as_anybodys() {
        let password = || SecretText::new("correct horse battery staple".to_owned());
        let somebody = password::hash(&mut rand::rngs::StdRng::seed_from_u64(1), &password()).unwrap();
        let time = |phc: &str| {
            let began = Instant::now();
            let _ = password::verify(phc, &password());
            began.elapsed()
        };
        assert!(!password::verify(NOBODY, &password()));
        let (left, right) = (time(NOBODY), time(&somebody));
        // A hash that could not be read would take no time at all.
        assert!(left * 4 > right && right * 4 > left, "{left:?} {right:?}");
        let parameters = |phc: &str| phc.rsplitn(3, '$').last().unwrap().to_owned();
        assert_eq!(parameters(NOBODY), parameters(&somebody));
    }

    #[test]
    fn a_turn_ends_with_its_work_and_not_with_whoever_waits_for_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let passwords = Passwords::default();
            let all = (passwords.turns.available_permits(), passwords.places.available_permits());
            let (begin, held) = channel::<()>();
            // The one thread for such work is busy, so the hash cannot be done before this test lets it.
            let busy = spawn_blocking(move || held.recv().is_ok());
            let permit = passwords.permit().await.ok().unwrap();
            {
                let mut verified = pin!(permit.verify(None, SecretText::new("x".to_owned())));
                poll_fn(|context| {
                    assert!(verified.as_mut().poll(context).is_pending());
                    Poll::Ready(())
                })
                .await;
            }
            assert_eq!(passwords.turns.available_permits(), all.0 - 1);
            assert_eq!(passwords.places.available_permits(), all.1 - 1);
            begin.send(()).unwrap();
            assert!(busy.await.unwrap());
            // What is begun next on that thread begins when the hash is done.
            spawn_blocking(|| ()).await.unwrap();
            assert_eq!((passwords.turns.available_permits(), passwords.places.available_permits()), all);
        });
    }
}
