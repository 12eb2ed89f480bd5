//! Checking passwords: as many at a time as there are processors, since each takes 64 MiB.

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;

use crate::domain::refusal::Check;
use crate::secrets::password;
use crate::secrets::plain::Plain;

/// How many may wait for their turn. Beyond it people are told so instead of waiting.
const QUEUE: usize = 64;

/// A hash of a password that nobody knows, so that an unknown user takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$VbTnVFuZLJH5o1UGDZVQ0w$0V8eS5Gd2F9mvQXyHkqYJw0d1q4z5dQm8rX7o2v9n1k";

/// Where passwords are checked.
pub(super) struct Passwords {
    turns: Semaphore,
    places: Semaphore,
}

/// A turn at checking one password.
pub(super) struct Turn<'a> {
    _place: SemaphorePermit<'a>,
    _turn: SemaphorePermit<'a>,
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Semaphore::new(processors), places: Semaphore::new(processors + QUEUE) }
    }
}

impl Passwords {
    /// Waits for a turn.
    ///
    /// # Errors
    /// Refuses where too many wait already.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, Check> {
        let place = self.places.try_acquire().map_err(|_| Check::Overloaded)?;
        let turn = self.turns.acquire().await.map_err(|_| Check::Overloaded)?;
        Ok(Turn { _place: place, _turn: turn })
    }
}

impl Turn<'_> {
    /// Whether the password is the one behind the hash; for no hash it takes as long, and is not.
    pub(super) async fn verify(&self, phc: Option<String>, password: Plain) -> bool {
        let is_somebody = phc.is_some();
        let phc = phc.unwrap_or_else(|| NOBODY.to_owned());
        let verified = spawn_blocking(move || password::verify(&phc, &password)).await;
        is_somebody && verified.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn nobody_has_a_hash_that_can_be_checked_and_costs_as_much_as_anybodys() {
        let password = || Plain::new("correct horse battery staple".to_owned());
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
}
