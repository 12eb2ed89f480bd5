//! Minting ids, secrets and tokens from a random generator that the caller provides.

use rand::SeedableRng as _;
use rand::distr::Distribution as _;

use crate::credentials::base62;
use crate::credentials::digest::Digest;
use crate::credentials::format::{
    ACCESS_PREFIX, CHECKSUM_LENGTH, CODE_PREFIX, REFRESH_PREFIX, SECRET_RANDOM, SELECTOR_RANDOM,
    TOKEN_RANDOM, checksum,
};
use crate::domain::id::{ClientId, ClientKind, Environment, RANDOM_LENGTH, TokenId};
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;

/// A random generator. Every function that mints receives one, so that tests can seed it.
pub type Random = dyn rand::CryptoRng + Send;

/// The operating system returned no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system returned no random bytes")]
pub struct RandomError;

/// Returns a generator that is seeded by the operating system.
///
/// # Errors
/// [`RandomError`] if the operating system returns no random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that draws from the operating system")]
pub fn system_random() -> Result<Box<Random>, RandomError> {
    let generator = rand::rngs::StdRng::try_from_rng(&mut rand::rngs::SysRng).map_err(|_| RandomError)?;
    Ok(Box::new(generator))
}

/// Returns a second generator for another thread, seeded by the first one.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "it is seeded by the generator of the caller")]
pub fn branch(random: &mut Random) -> Box<Random> {
    Box::new(rand::rngs::StdRng::from_rng(random))
}

/// Returns `count` base62 characters, each with equal probability.
fn characters(random: &mut Random, count: usize) -> String {
    rand::distr::Alphanumeric.sample_iter(random).take(count).map(char::from).collect()
}

/// Returns the random part of a public id.
pub fn id(random: &mut Random) -> String {
    characters(random, RANDOM_LENGTH)
}

/// The number of characters of a token id that encode its time in milliseconds. It is sufficient until the year 2081.
const TOKEN_TIME: usize = 7;

/// Returns an id for a token that is issued at `now`. The caller checks that it is unused. The id begins with the time, so
/// that tokens of the same time are adjacent in the index and a batch of inserts changes few pages.
pub fn token_id(random: &mut Random, now: Timestamp) -> TokenId {
    let time = base62::text::<TOKEN_TIME>(now.millis().unsigned_abs());
    TokenId::from_random(&format!("{time}{}", characters(random, RANDOM_LENGTH - TOKEN_TIME)))
}

/// Returns a new `client_id`.
pub fn client_id(random: &mut Random, kind: ClientKind, environment: Environment) -> ClientId {
    ClientId::from_random(kind, environment, &id(random))
}

/// A new credential: its text for delivery, and its digest for the store.
pub struct NewCredential {
    /// The credential itself, which is delivered once.
    pub plain: SecretText,
    pub digest: Digest,
    /// The last four characters, which outputs may show.
    pub hint: String,
}

impl NewCredential {
    /// Makes the credential with this prefix and these random characters, and appends the checksum.
    pub(super) fn new(body: &str) -> Self {
        let text = format!("{body}{}", checksum(body));
        let hint = text[text.len() - 4..].to_owned();
        let plain = SecretText::new(text);
        let digest = Digest::of(&plain);
        Self { plain, digest, hint }
    }
}

/// Mints a secret for a client of this kind. It contains the random characters of the client's id, so that a person can
/// compare the two. An id of another form has none, and its secrets have random characters of their own.
pub fn client_secret(
    random: &mut Random,
    kind: ClientKind,
    environment: Environment,
    client: &ClientId,
) -> NewCredential {
    let shared = client.random().map_or_else(|| id(random), str::to_owned);
    let (prefix, environment) = (kind.secret_prefix(), environment.as_str());
    NewCredential::new(&format!("{prefix}{environment}_{shared}_{}", characters(random, SECRET_RANDOM)))
}

/// Mints an access token.
pub fn access_token(random: &mut Random) -> NewCredential {
    NewCredential::new(&format!("{ACCESS_PREFIX}{}", characters(random, TOKEN_RANDOM)))
}

/// Mints the first refresh token of a family: the selector of the family, then the characters of this token.
pub fn refresh_token(random: &mut Random) -> NewCredential {
    NewCredential::new(&format!("{REFRESH_PREFIX}{}", characters(random, SELECTOR_RANDOM + TOKEN_RANDOM)))
}

/// Mints an authorization code.
pub fn authorization_code(random: &mut Random) -> NewCredential {
    NewCredential::new(&format!("{CODE_PREFIX}{}", characters(random, TOKEN_RANDOM)))
}

/// Mints a value for a cookie or a form: 43 random characters, about 256 bits.
pub fn browser_secret(random: &mut Random) -> SecretText {
    SecretText::new(characters(random, TOKEN_RANDOM))
}

const _: () =
    assert!(CHECKSUM_LENGTH == 6, "the hint and the pattern for secret scanners need six checksum digits");

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests compare the text")]
mod tests {
    use super::*;
    use crate::credentials::format::{CredentialKind, recognise};

    fn seeded() -> Box<Random> {
        Box::new(rand::rngs::StdRng::seed_from_u64(7))
    }

    #[test]
    fn minted_credentials_are_recognised() {
        let mut random = seeded();
        let client = client_id(&mut *random, ClientKind::Key, Environment::Live);
        let secret = client_secret(&mut *random, ClientKind::Key, Environment::Live, &client);
        assert_eq!(secret.plain.expose().len(), 61);
        assert_eq!(recognise(&secret.plain), Ok(CredentialKind::ClientSecret));
        assert!(secret.plain.expose().starts_with(&client.as_str().replace("apck_", "apcs_")));
        let imported = "0oa1B2c3".parse().unwrap();
        let secret = client_secret(&mut *random, ClientKind::Consumer, Environment::Test, &imported);
        assert_eq!(recognise(&secret.plain), Ok(CredentialKind::ClientSecret));
        assert!(secret.plain.expose().starts_with("apcx_test_"));
        assert!(secret.plain.expose().ends_with(&secret.hint));
        let token = access_token(&mut *random);
        assert_eq!(token.plain.expose().len(), 54);
        assert_eq!(recognise(&token.plain), Ok(CredentialKind::AccessToken));
        let refresh = refresh_token(&mut *random);
        assert_eq!(refresh.plain.expose().len(), 76);
        assert_eq!(recognise(&refresh.plain), Ok(CredentialKind::RefreshToken));
        assert_eq!(recognise(&authorization_code(&mut *random).plain), Ok(CredentialKind::AuthorizationCode));
    }

    #[test]
    fn token_ids_sort_by_time_of_issue() {
        let mut random = seeded();
        let mut id = |millis| token_id(&mut *random, Timestamp::from_millis(millis));
        let ids =
            [id(0), id(61), id(62), id(1_795_521_600_000), id(1_795_521_600_001), id(3_500_000_000_000)];
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.as_str().parse::<TokenId>().is_ok()), "{ids:?}");
        assert_ne!(id(5), id(5));
    }

    #[test]
    fn system_randomness_differs_each_time() {
        let draw = || client_id(&mut *system_random().unwrap(), ClientKind::Key, Environment::Test);
        assert_ne!(draw(), draw());
    }
}
