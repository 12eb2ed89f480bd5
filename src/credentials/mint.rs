//! Minting: ids, secrets and tokens from a random source that the caller brings.

use rand::SeedableRng as _;
use rand::distr::Distribution as _;

use crate::domain::id::{ClientId, ClientKind, Environment, RANDOM_LENGTH, TokenId};
use crate::domain::time::Timestamp;

use crate::credentials::digest::Digest;
use crate::credentials::format::{
    ACCESS_PREFIX, CHECKSUM_LENGTH, CODE_PREFIX, DIGITS, REFRESH_PREFIX, SECRET_RANDOM, TOKEN_RANDOM,
    checksum,
};
use crate::domain::secret_text::SecretText;

/// Where randomness comes from. Everything that draws gets one of these.
pub type Random = dyn rand::CryptoRng + Send;

/// The operating system did not give random bytes; nothing is minted without them.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandom;

/// A generator seeded by the operating system.
///
/// # Errors
/// Fails where the operating system gives no random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that draws from the operating system")]
pub fn system_random() -> Result<Box<Random>, NoRandom> {
    let generator = rand::rngs::StdRng::try_from_rng(&mut rand::rngs::SysRng).map_err(|_| NoRandom)?;
    Ok(Box::new(generator))
}

/// A second generator, seeded by the first, for another thread.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "it is seeded by the generator that the caller brings")]
pub fn branch(random: &mut Random) -> Box<Random> {
    Box::new(rand::rngs::StdRng::from_rng(random))
}

/// That many base 62 characters, each equally likely.
fn characters(random: &mut Random, count: usize) -> String {
    rand::distr::Alphanumeric.sample_iter(random).take(count).map(char::from).collect()
}

/// The random part of a public id.
pub fn id(random: &mut Random) -> String {
    characters(random, RANDOM_LENGTH)
}

/// How many characters of a token's id say when it was issued: enough milliseconds for the years until 2081.
const TOKEN_TIME: usize = 7;

/// The id of a token issued `now`, not necessarily a free one. Its beginning says when that is: what is issued together
/// lies together in the index of ids, and a group of tokens changes one page of it instead of one each.
pub fn token_id(random: &mut Random, now: Timestamp) -> TokenId {
    let mut rest = now.millis().unsigned_abs();
    let mut time = [b'0'; TOKEN_TIME];
    for digit in time.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 62).unwrap_or_default()];
        rest /= 62;
    }
    let time: String = time.iter().map(|digit| char::from(*digit)).collect();
    TokenId::from_random(&format!("{time}{}", characters(random, RANDOM_LENGTH - TOKEN_TIME)))
}

/// A new `client_id`.
pub fn client_id(random: &mut Random, kind: ClientKind, environment: Environment) -> ClientId {
    ClientId::from_random(kind, environment, &id(random))
}

/// A secret just minted: the plain text to hand over, and what the store keeps of it.
pub struct Minted {
    /// To be handed over once.
    pub plain: SecretText,
    /// To be stored.
    pub digest: Digest,
    /// The last four characters, which may be shown.
    pub hint: String,
}

impl Minted {
    fn new(body: &str) -> Self {
        let text = format!("{body}{}", checksum(body));
        let hint = text[text.len() - 4..].to_owned();
        let plain = SecretText::new(text);
        let digest = Digest::of(&plain);
        Self { plain, digest, hint }
    }
}

/// A new secret for that client. It carries the client's own twelve characters, so that it says whose it is.
pub fn client_secret(random: &mut Random, client: &ClientId) -> Minted {
    let kind = client.kind();
    // An id is PREFIX ENV _ RANDOM, and a secret begins alike but for its prefix.
    let tail = &client.as_str()[kind.id_prefix().len()..];
    Minted::new(&format!("{}{tail}_{}", kind.secret_prefix(), characters(random, SECRET_RANDOM)))
}

/// A new access token.
pub fn access_token(random: &mut Random) -> Minted {
    Minted::new(&format!("{ACCESS_PREFIX}{}", characters(random, TOKEN_RANDOM)))
}

/// A new refresh token.
pub fn refresh_token(random: &mut Random) -> Minted {
    Minted::new(&format!("{REFRESH_PREFIX}{}", characters(random, TOKEN_RANDOM)))
}

/// A new authorization code.
pub fn authorization_code(random: &mut Random) -> Minted {
    Minted::new(&format!("{CODE_PREFIX}{}", characters(random, TOKEN_RANDOM)))
}

/// A new value for a cookie or a form: 256 random bits that mean nothing by themselves.
pub fn browser_secret(random: &mut Random) -> SecretText {
    SecretText::new(characters(random, TOKEN_RANDOM))
}

const _: () = assert!(CHECKSUM_LENGTH == 6, "the hint and the scanner pattern count on six checksum digits");

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at the secret")]
mod tests {
    use super::*;
    use crate::credentials::format::{Recognised, recognise};

    fn seeded() -> Box<Random> {
        Box::new(rand::rngs::StdRng::seed_from_u64(7))
    }

    #[test]
    fn what_is_minted_is_recognised() {
        let mut random = seeded();
        let client = client_id(&mut *random, ClientKind::Key, Environment::Live);
        let secret = client_secret(&mut *random, &client);
        assert_eq!(secret.plain.expose().len(), 61);
        assert_eq!(recognise(&secret.plain), Ok(Recognised::ClientSecret(client)));
        assert!(secret.plain.expose().ends_with(&secret.hint));
        let token = access_token(&mut *random);
        assert_eq!(token.plain.expose().len(), 54);
        assert_eq!(recognise(&token.plain), Ok(Recognised::AccessToken));
        assert_eq!(recognise(&refresh_token(&mut *random).plain), Ok(Recognised::RefreshToken));
        assert_eq!(recognise(&authorization_code(&mut *random).plain), Ok(Recognised::AuthorizationCode));
    }

    #[test]
    fn ids_of_tokens_are_in_the_order_of_their_issue() {
        let mut random = seeded();
        let mut id = |millis| token_id(&mut *random, Timestamp::from_millis(millis));
        let ids =
            [id(0), id(61), id(62), id(1_795_521_600_000), id(1_795_521_600_001), id(3_500_000_000_000)];
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.as_str().parse::<TokenId>().is_ok()), "{ids:?}");
        assert_ne!(id(5), id(5));
    }

    #[test]
    fn the_system_gives_a_different_secret_each_time() {
        let draw = || client_id(&mut *system_random().unwrap(), ClientKind::Key, Environment::Test);
        assert_ne!(draw(), draw());
    }
}
