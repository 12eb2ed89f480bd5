//! Password hashing with argon2id. Hashes are PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use crate::credentials::mint::Random;
use crate::domain::secret_text::SecretText;

/// The memory in KiB. The minimum of OWASP is 19 MiB with two passes; the rest is a margin for faster hardware.
const MEMORY: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
const SALT_LENGTH: usize = 16;

/// A password could not be hashed, for example because memory was short. The password is not the cause.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashError;

fn hasher() -> Result<argon2::Argon2<'static>, HashError> {
    let parameters = argon2::Params::new(MEMORY, PASSES, LANES, None).map_err(|_| HashError)?;
    Ok(argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters))
}

/// Hashes a password with a new salt and returns the PHC string.
///
/// # Errors
/// [`HashError`] if the hash could not be computed.
#[expect(clippy::disallowed_methods, reason = "a hash is computed from the text")]
pub fn hash(random: &mut Random, password: &SecretText) -> Result<String, HashError> {
    let mut salt = [0; SALT_LENGTH];
    rand::Rng::fill_bytes(random, &mut salt);
    let hash: PasswordHash =
        hasher()?.hash_password_with_salt(password.expose().as_bytes(), &salt).map_err(|_| HashError)?;
    Ok(hash.to_string())
}

/// Returns true if the password matches the PHC string. A malformed string matches no password.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a password is verified by its text")]
pub fn verify(phc: &str, password: &SecretText) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else { return false };
    argon2::Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn a_hash_uses_the_chosen_parameters_and_verifies() {
        let mut random: Box<Random> = Box::new(rand::rngs::StdRng::seed_from_u64(1));
        let password = SecretText::new("correct horse battery staple".to_owned());
        let phc = hash(&mut *random, &password).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{phc}");
        assert!(verify(&phc, &password));
        assert!(!verify(&phc, &SecretText::new("correct horse battery stapl".to_owned())));
        assert!(!verify("malformed", &password));
        assert_ne!(hash(&mut *random, &password).unwrap(), phc);
    }
}
