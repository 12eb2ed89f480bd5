//! The text of credentials: prefix, random characters, checksum. Enough to recognise one without a store.

use crate::domain::id::{ClientId, ClientKind, Environment, RANDOM_LENGTH, is_base62};
use crate::domain::refusal::Malformed;

use crate::domain::secret_text::SecretText;

/// How many random characters a client secret carries: 62^32, about 190 bits.
pub const SECRET_RANDOM: usize = 32;
/// How many random characters a token or code carries: 62^43, about 256 bits.
pub const TOKEN_RANDOM: usize = 43;
/// How many base 62 digits the checksum has.
pub const CHECKSUM_LENGTH: usize = 6;
/// What an access token begins with.
pub const ACCESS_PREFIX: &str = "apca_";
/// What a refresh token begins with.
pub const REFRESH_PREFIX: &str = "apcr_";
/// What an authorization code begins with.
pub const CODE_PREFIX: &str = "apcg_";

/// Base 62 in the order of ASCII, so that texts of one length are in the order of their numbers.
pub(crate) const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// CRC-32/IEEE of `text` as six base 62 digits, most significant first.
#[must_use]
pub fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// What a presented credential says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// An API key's or a consumer's secret, with the id it carries.
    ClientSecret(ClientId),
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
    /// An authorization code.
    AuthorizationCode,
}

/// Why a presented text is no credential of ours. It is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Nothing of ours begins like that.
    #[error(
        "it does not look like a credential of apiconn, which begins with apcs_, apcx_, apca_, apcr_ or apcg_"
    )]
    Foreign,
    /// Begins like ours, but cannot be one.
    #[error("it is cut short, too long, or holds a character that no credential has")]
    Shape,
    /// One character or more is wrong.
    #[error("it is mistyped: its checksum does not fit")]
    Checksum,
}

impl From<FormatError> for Malformed {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Foreign => Self::Foreign,
            FormatError::Shape => Self::Shape,
            FormatError::Checksum => Self::Checksum,
        }
    }
}

/// Says what a presented text is, by its form alone: length, prefix, environment, characters, checksum.
///
/// # Errors
/// Says why the text cannot be a credential.
#[expect(clippy::disallowed_methods, reason = "recognising a credential means reading it")]
pub fn recognise(plain: &SecretText) -> Result<Recognised, FormatError> {
    let text = plain.expose();
    let recognised = shape(text)?;
    let (body, sum) = text.split_at(text.len() - CHECKSUM_LENGTH);
    if checksum(body) == sum { Ok(recognised) } else { Err(FormatError::Checksum) }
}

fn shape(text: &str) -> Result<Recognised, FormatError> {
    for kind in [ClientKind::Key, ClientKind::Consumer] {
        if let Some(rest) = text.strip_prefix(kind.secret_prefix()) {
            let mut parts = rest.split('_');
            let (Some(environment), Some(random), Some(secret), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(FormatError::Shape);
            };
            let environment: Environment = environment.parse().map_err(|_| FormatError::Shape)?;
            let fits = random.len() == RANDOM_LENGTH
                && is_base62(random)
                && secret.len() == SECRET_RANDOM + CHECKSUM_LENGTH
                && is_base62(secret);
            return if fits {
                Ok(Recognised::ClientSecret(ClientId::from_random(kind, environment, random)))
            } else {
                Err(FormatError::Shape)
            };
        }
    }
    for (prefix, recognised) in [
        (ACCESS_PREFIX, Recognised::AccessToken),
        (REFRESH_PREFIX, Recognised::RefreshToken),
        (CODE_PREFIX, Recognised::AuthorizationCode),
    ] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let fits = rest.len() == TOKEN_RANDOM + CHECKSUM_LENGTH && is_base62(rest);
            return if fits { Ok(recognised) } else { Err(FormatError::Shape) };
        }
    }
    Err(FormatError::Foreign)
}

/// The text with everything that begins like one of our credentials taken out of it, for messages that repeat what a
/// person typed.
#[must_use]
pub fn redact(text: &str) -> String {
    let prefixes = [
        ClientKind::Key.secret_prefix(),
        ClientKind::Consumer.secret_prefix(),
        ACCESS_PREFIX,
        REFRESH_PREFIX,
        CODE_PREFIX,
    ];
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, prefix)) =
        prefixes.iter().filter_map(|prefix| rest.find(prefix).map(|at| (at, *prefix))).min()
    {
        let (before, from) = rest.split_at(at);
        clean.push_str(before);
        let tail = &from[prefix.len()..];
        let length = tail.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        clean.push_str(prefix);
        // A prefix that is only talked about is no secret.
        clean.push_str(if length >= RANDOM_LENGTH { "[hidden]" } else { &tail[..length] });
        rest = &tail[length..];
    }
    clean.push_str(rest);
    clean
}

/// Whether a credential of ours, or most of one, stands anywhere in the text.
#[must_use]
pub fn holds_credential(text: &str) -> bool {
    /// So much of the random part is worth hiding; less is a prefix that is only talked about.
    const TELLING: usize = 8;
    let run = |text: &str| text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let secret = |rest: &str| {
        let Some((environment, rest)) = rest.split_once('_') else { return false };
        environment.parse::<Environment>().is_ok()
            && run(rest) == RANDOM_LENGTH
            && rest[RANDOM_LENGTH..].strip_prefix('_').is_some_and(|rest| run(rest) >= TELLING)
    };
    let token = |rest: &str| run(rest) >= RANDOM_LENGTH + TELLING;
    let after =
        |prefix| text.match_indices(prefix).map(|(at, prefix): (usize, &str)| &text[at + prefix.len()..]);
    [ClientKind::Key, ClientKind::Consumer].iter().any(|kind| after(kind.secret_prefix()).any(secret))
        || [ACCESS_PREFIX, REFRESH_PREFIX, CODE_PREFIX].iter().any(|prefix| after(*prefix).any(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM3Et442";

    fn recognise_text(text: &str) -> Result<Recognised, FormatError> {
        recognise(&SecretText::new(text.to_owned()))
    }

    #[test]
    fn the_published_vector_fits() {
        assert_eq!(checksum("apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM"), "3Et442");
        assert_eq!(
            recognise_text(SECRET),
            Ok(Recognised::ClientSecret("apck_test_7Hq2mZ0xPa4T".parse().unwrap()))
        );
        let consumer = "apcx_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM4R308d";
        assert_eq!(
            recognise_text(consumer),
            Ok(Recognised::ClientSecret("apcc_test_7Hq2mZ0xPa4T".parse().unwrap()))
        );
        let digest = crate::credentials::digest::Digest::of(&SecretText::new(SECRET.to_owned()));
        assert_eq!(
            crate::credentials::digest::hex(digest.as_bytes()),
            "903bbd37a6315d0240341108d897763d315c7b01600ab538e3bc5708c176cc81"
        );
    }

    #[test]
    fn no_single_wrong_character_passes() {
        for (index, original) in SECRET.char_indices() {
            for replacement in
                DIGITS.iter().map(|digit| char::from(*digit)).filter(|digit| *digit != original)
            {
                let mut text: String = SECRET.to_owned();
                text.replace_range(index..=index, &replacement.to_string());
                assert!(recognise_text(&text).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn no_two_swapped_neighbours_pass() {
        for index in 0..SECRET.len() - 1 {
            let mut bytes = SECRET.as_bytes().to_vec();
            bytes.swap(index, index + 1);
            let text = String::from_utf8(bytes).unwrap();
            if text != SECRET {
                assert!(recognise_text(&text).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn other_texts_say_what_is_wrong() {
        assert_eq!(recognise_text(""), Err(FormatError::Foreign));
        assert_eq!(recognise_text("ghp_abc"), Err(FormatError::Foreign));
        assert_eq!(recognise_text("apcs_test_7Hq2"), Err(FormatError::Shape));
        assert_eq!(recognise_text("apca_x"), Err(FormatError::Shape));
        assert_eq!(recognise_text(&SECRET.replace("442", "443")), Err(FormatError::Checksum));
    }

    #[test]
    fn secrets_are_taken_out_of_messages() {
        assert_eq!(
            redact(&format!("unexpected argument '{SECRET}' found")),
            "unexpected argument 'apcs_[hidden]' found"
        );
        assert_eq!(
            redact(&format!("{SECRET}{SECRET} apca_0123456789abcdef.")),
            "apcs_[hidden] apca_[hidden]."
        );
        assert_eq!(
            redact("a credential begins with apcs_ or apcx_"),
            "a credential begins with apcs_ or apcx_"
        );
        assert_eq!(redact("nothing"), "nothing");
    }

    #[test]
    fn credentials_are_seen_wherever_they_stand() {
        for text in [SECRET, &format!("see {SECRET}."), &SECRET[..35], &format!("apca_{}", "a".repeat(49))] {
            assert!(holds_credential(text), "{text}");
        }
        for text in ["apcs_", "apcs_production_key_file.txt", "apca_notes", "apck_test_7Hq2mZ0xPa4T", ""] {
            assert!(!holds_credential(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in ".{0,80}") {
            let _ = recognise_text(&text);
            let _ = recognise_text(&format!("apcs_{text}"));
            let _ = recognise_text(&format!("apca_{text}"));
        }
    }
}
