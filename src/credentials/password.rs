//! People's passwords: argon2id, in PHC form.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use crate::credentials::mint::Random;
use crate::domain::secret_text::SecretText;

/// Memory in KiB. OWASP's floor is 19 MiB with two passes; more is the margin for the years to come.
const MEMORY: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
const SALT_LENGTH: usize = 16;

/// A password could not be hashed: a fault of this program or of the machine, never of the password.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashFailed;

fn hasher() -> Result<argon2::Argon2<'static>, HashFailed> {
    let parameters = argon2::Params::new(MEMORY, PASSES, LANES, None).map_err(|_| HashFailed)?;
    Ok(argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters))
}

/// The PHC string of a password, with a fresh salt.
///
/// # Errors
/// Fails where memory is short.
#[expect(clippy::disallowed_methods, reason = "a password is hashed from its text")]
pub fn hash(random: &mut Random, password: &SecretText) -> Result<String, HashFailed> {
    let mut salt = [0; SALT_LENGTH];
    rand::Rng::fill_bytes(random, &mut salt);
    let hash: PasswordHash =
        hasher()?.hash_password_with_salt(password.expose().as_bytes(), &salt).map_err(|_| HashFailed)?;
    Ok(hash.to_string())
}

/// Whether the password is the one behind the PHC string. A string that cannot be read matches nothing.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a password is checked by its text")]
pub fn verify(phc: &str, password: &SecretText) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else { return false };
    argon2::Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn a_hash_is_argon2id_above_the_floor_and_verifies() {
        let mut random: Box<Random> = Box::new(rand::rngs::StdRng::seed_from_u64(1));
        let password = SecretText::new("correct horse battery staple".to_owned());
        let phc = hash(&mut *random, &password).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{phc}");
        assert!(verify(&phc, &password));
        assert!(!verify(&phc, &SecretText::new("correct horse battery stapl".to_owned())));
        assert!(!verify("rubbish", &password));
        assert_ne!(hash(&mut *random, &password).unwrap(), phc);
    }
}
