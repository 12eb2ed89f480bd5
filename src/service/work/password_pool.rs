//! Verification of passwords: few at a time, because each needs 64 MiB of memory and one processor.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::credentials::password;
use crate::domain::refusal::Check;
use crate::domain::secret_text::SecretText;

/// Number of passwords that are verified at a time at most, regardless of the number of processors. Bounds the memory that
/// unauthenticated requests can occupy to 256 MiB.
const MOST_HASHES: usize = 4;

/// Number of requests that may wait for a permit. Further requests are refused.
const QUEUE: usize = 64;

/// Hash that no password matches. It is verified for an unknown user, so that the time of the answer does not show whether
/// the user exists.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$VbTnVFuZLJH5o1UGDZVQ0w$0V8eS5Gd2F9mvQXyHkqYJw0d1q4z5dQm8rX7o2v9n1k";

/// Limits the number of passwords that are verified at a time, and of requests that wait for it.
pub(crate) struct PasswordPool {
    hashing: Arc<Semaphore>,
    admission: Arc<Semaphore>,
}

/// Permit to verify one password. The caller keeps it until it has counted a failure, so that the attempts which the
/// throttle has not counted yet are at most the number of permits.
pub(crate) struct HashPermit {
    _admission: OwnedSemaphorePermit,
    _hashing: OwnedSemaphorePermit,
}

impl Default for PasswordPool {
    fn default() -> Self {
        let hashes = hashes_at_once(std::thread::available_parallelism().map_or(1, usize::from));
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { hashing: semaphore(hashes), admission: semaphore(hashes + QUEUE) }
    }
}

/// Returns the number of passwords that are verified at a time: half of the processors are left to token requests.
fn hashes_at_once(processors: usize) -> usize {
    (processors / 2).clamp(1, MOST_HASHES)
}

impl PasswordPool {
    /// Waits for a permit.
    ///
    /// # Errors
    /// [`Check::Overloaded`] if too many requests already wait.
    pub(crate) async fn permit(&self) -> Result<HashPermit, Check> {
        let admission = Arc::clone(&self.admission).try_acquire_owned().map_err(|_| Check::Overloaded)?;
        let hashing = Arc::clone(&self.hashing).acquire_owned().await.map_err(|_| Check::Overloaded)?;
        Ok(HashPermit { _admission: admission, _hashing: hashing })
    }
}

impl HashPermit {
    /// Returns whether `password` matches `phc`, and the permit. Without a hash the result is false after the same time.
    ///
    /// The permit moves into the blocking task, which continues if the caller is cancelled: otherwise a client could start
    /// any number of hashes by closing its connections.
    pub(crate) async fn verify(self, phc: Option<String>, password: SecretText) -> (bool, Option<Self>) {
        let has_hash = phc.is_some();
        let phc = phc.unwrap_or_else(|| DUMMY_HASH.to_owned());
        let verified = spawn_blocking(move || (password::verify(&phc, &password), self)).await;
        verified.map_or((false, None), |(matches, permit)| (has_hash && matches, Some(permit)))
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
    fn half_of_the_processors_verify_passwords_and_at_most_four() {
        for (processors, expected) in
            [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (7, 3), (8, 4), (16, 4), (256, 4)]
        {
            assert_eq!(hashes_at_once(processors), expected, "{processors} processors");
        }
    }

    #[test]
    fn the_dummy_hash_costs_as_much_as_the_hash_of_a_user() {
        let password = || SecretText::new("correct horse battery staple".to_owned());
        let user_hash = password::hash(&mut rand::rngs::StdRng::seed_from_u64(1), &password()).unwrap();
        let time = |phc: &str| {
            let began = Instant::now();
            let _ = password::verify(phc, &password());
            began.elapsed()
        };
        assert!(!password::verify(DUMMY_HASH, &password()));
        let (left, right) = (time(DUMMY_HASH), time(&user_hash));
        // A malformed hash would be rejected at once.
        assert!(left * 4 > right && right * 4 > left, "{left:?} {right:?}");
        let parameters = |phc: &str| phc.rsplitn(3, '$').last().unwrap().to_owned();
        assert_eq!(parameters(DUMMY_HASH), parameters(&user_hash));
    }

    #[test]
    fn a_permit_is_released_by_its_work_and_not_by_cancellation() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let pool = PasswordPool::default();
            let available = || (pool.hashing.available_permits(), pool.admission.available_permits());
            let all = available();
            let (release, released) = channel::<()>();
            // The only blocking thread is busy, so the hash cannot be computed before `release`.
            let busy = spawn_blocking(move || released.recv().is_ok());
            let permit = pool.permit().await.ok().unwrap();
            {
                let mut verified = pin!(permit.verify(None, SecretText::new("x".to_owned())));
                poll_fn(|context| {
                    assert!(verified.as_mut().poll(context).is_pending());
                    Poll::Ready(())
                })
                .await;
            }
            assert_eq!(available(), (all.0 - 1, all.1 - 1));
            release.send(()).unwrap();
            assert!(busy.await.unwrap());
            // The blocking thread starts this task after the hash.
            spawn_blocking(|| ()).await.unwrap();
            assert_eq!(available(), all);
        });
    }
}
