//! The text form of credentials: a prefix, random characters and a checksum. It is recognised without the store.

use crate::credentials::{base62, constant_time};
use crate::domain::id::{ClientKind, Environment, RANDOM_LENGTH, is_base62};
use crate::domain::refusal::CredentialFault;
use crate::domain::secret_text::SecretText;

/// The number of random characters in a client secret: 62^32 values, about 190 bits.
pub const SECRET_RANDOM: usize = 32;
/// The number of random characters in a token or code, besides the selector of a refresh token: 62^43 values, about 256
/// bits.
pub const TOKEN_RANDOM: usize = 43;
/// The number of characters of a refresh token that name its family: 62^22 values, about 130 bits.
pub const SELECTOR_RANDOM: usize = 22;
/// The number of base62 digits in the checksum.
pub const CHECKSUM_LENGTH: usize = 6;
/// The prefix of access tokens.
pub const ACCESS_PREFIX: &str = "apca_";
/// The prefix of refresh tokens.
pub const REFRESH_PREFIX: &str = "apcr_";
/// The prefix of authorization codes.
pub const CODE_PREFIX: &str = "apcg_";

/// Returns the CRC-32 (IEEE) of `text` as six base62 digits, most significant first.
#[must_use]
pub fn checksum(text: &str) -> String {
    base62::text::<CHECKSUM_LENGTH>(crc32fast::hash(text.as_bytes()).into())
}

/// The kind of a credential, which its text states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// The secret of an API key or a consumer.
    ClientSecret,
    AccessToken,
    RefreshToken,
    AuthorizationCode,
}

/// The reason why a text is not a credential. The text is not part of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The text has no prefix of a credential.
    #[error(
        "it does not look like a credential of apiconn, which begins with apcs_, apcx_, apca_, apcr_ or apcg_"
    )]
    Foreign,
    /// The text has such a prefix, but a wrong length or an invalid character.
    #[error("it is too short, too long, or contains an invalid character")]
    Shape,
    /// The checksum does not match, so at least one character is wrong.
    #[error("it contains a typing error: the checksum does not match")]
    Checksum,
}

impl From<FormatError> for CredentialFault {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Foreign => Self::Foreign,
            FormatError::Shape => Self::Shape,
            FormatError::Checksum => Self::Checksum,
        }
    }
}

/// Returns the kind of a credential by its form: prefix, environment, length, characters and checksum.
///
/// # Errors
/// [`FormatError`] if the text is not a credential.
#[expect(clippy::disallowed_methods, reason = "the kind of a credential is in its text")]
pub fn recognise(plain: &SecretText) -> Result<CredentialKind, FormatError> {
    let text = plain.expose();
    let kind = shape(text)?;
    let (body, sum) = text.split_at(text.len() - CHECKSUM_LENGTH);
    let matches = constant_time::equal(checksum(body).as_bytes(), sum.as_bytes());
    if matches { Ok(kind) } else { Err(FormatError::Checksum) }
}

/// Returns the kind of a credential without verifying its checksum.
fn shape(text: &str) -> Result<CredentialKind, FormatError> {
    for kind in [ClientKind::Key, ClientKind::Consumer] {
        if let Some(rest) = text.strip_prefix(kind.secret_prefix()) {
            let mut parts = rest.split('_');
            let (Some(environment), Some(random), Some(secret), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(FormatError::Shape);
            };
            let fits = environment.parse::<Environment>().is_ok()
                && random.len() == RANDOM_LENGTH
                && is_base62(random)
                && secret.len() == SECRET_RANDOM + CHECKSUM_LENGTH
                && is_base62(secret);
            return if fits { Ok(CredentialKind::ClientSecret) } else { Err(FormatError::Shape) };
        }
    }
    for (prefix, random, kind) in [
        (ACCESS_PREFIX, TOKEN_RANDOM, CredentialKind::AccessToken),
        (REFRESH_PREFIX, SELECTOR_RANDOM + TOKEN_RANDOM, CredentialKind::RefreshToken),
        (CODE_PREFIX, TOKEN_RANDOM, CredentialKind::AuthorizationCode),
    ] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let fits = rest.len() == random + CHECKSUM_LENGTH && is_base62(rest);
            return if fits { Ok(kind) } else { Err(FormatError::Shape) };
        }
    }
    Err(FormatError::Foreign)
}

/// Returns the text with every credential in it replaced by its prefix and `[hidden]`, for messages that repeat input.
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
        // A prefix without random characters is not a secret.
        clean.push_str(if length >= RANDOM_LENGTH { "[hidden]" } else { &tail[..length] });
        rest = &tail[length..];
    }
    clean.push_str(rest);
    clean
}

/// Returns the text of a request with every credential in it replaced by `[hidden]`, including one with a small mistake, such
/// as a lost first character, a hyphen for an underscore or an escape of a URL.
///
/// Hidden is each run of letters, digits, `_`, `-` and `+` with at least 38 letters and digits, or 24 if there
/// are capital letters, small letters and digits. Words of one case do not count, so that the path of a URL stays.
#[must_use]
pub fn redact_request(text: &str) -> String {
    let text = redact(text);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let mut run = Run::default();
        let mut length = 0;
        while let Some((character, size)) = run_character(&rest[length..]) {
            run.add(character);
            length += size;
        }
        if length == 0 {
            clean.push(first);
            length = first.len_utf8();
        } else if run.is_secret() {
            clean.push_str("[hidden]");
        } else {
            clean.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    clean
}

/// Number of letters and digits from which a run is hidden. The random part of a client secret has as many.
const RUN: usize = SECRET_RANDOM + CHECKSUM_LENGTH;
/// Number of letters and digits from which a run of capital letters, small letters and digits is hidden. Two ids of this
/// product have as many.
const MIXED_RUN: usize = 2 * RANDOM_LENGTH;

/// Returns the character of a run that a text begins with, and its length in bytes. It may be escaped as in a URL.
fn run_character(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let (byte, size) = match (bytes.first()?, bytes.get(1..3)) {
        (b'%', Some(digits)) => {
            (u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, digits.len() + 1)
        }
        (byte, _) => (*byte, 1),
    };
    let is_part = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
    is_part.then_some((char::from(byte), size))
}

/// The letters and digits of a run, by kind.
#[derive(Default)]
struct Letters {
    capital: usize,
    small: usize,
    digits: usize,
}

/// A run of characters that credentials consist of.
#[derive(Default)]
struct Run {
    /// Of the pieces before the current one that are no words.
    counted: Letters,
    /// Of the piece since the last separator.
    piece: Letters,
}

impl Run {
    fn add(&mut self, character: char) {
        match character {
            'A'..='Z' => self.piece.capital += 1,
            'a'..='z' => self.piece.small += 1,
            '0'..='9' => self.piece.digits += 1,
            _ => self.end_piece(),
        }
    }

    fn end_piece(&mut self) {
        let Letters { capital, small, digits } = std::mem::take(&mut self.piece);
        let is_word = digits == 0 && (capital == 0 || small == 0);
        if !is_word {
            self.counted.capital += capital;
            self.counted.small += small;
            self.counted.digits += digits;
        }
    }

    fn is_secret(&mut self) -> bool {
        self.end_piece();
        let Letters { capital, small, digits } = self.counted;
        let least = if capital > 0 && small > 0 && digits > 0 { MIXED_RUN } else { RUN };
        capital + small + digits >= least
    }
}

/// Returns true if the text contains a credential or the larger part of one.
#[must_use]
pub fn holds_credential(text: &str) -> bool {
    /// The number of random characters from which a text counts as a credential.
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

    fn recognise_text(text: &str) -> Result<CredentialKind, FormatError> {
        recognise(&SecretText::new(text.to_owned()))
    }

    #[test]
    fn the_published_example_is_recognised() {
        assert_eq!(checksum("apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM"), "3Et442");
        assert_eq!(recognise_text(SECRET), Ok(CredentialKind::ClientSecret));
        let consumer = "apcx_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM4R308d";
        assert_eq!(recognise_text(consumer), Ok(CredentialKind::ClientSecret));
        let digest = crate::credentials::digest::Digest::of(&SecretText::new(SECRET.to_owned()));
        assert_eq!(
            crate::credentials::digest::hex(digest.as_bytes()),
            "903bbd37a6315d0240341108d897763d315c7b01600ab538e3bc5708c176cc81"
        );
    }

    #[test]
    fn a_single_wrong_character_is_detected() {
        for (index, original) in SECRET.char_indices() {
            for replacement in
                base62::DIGITS.iter().map(|digit| char::from(*digit)).filter(|digit| *digit != original)
            {
                let mut text: String = SECRET.to_owned();
                text.replace_range(index..=index, &replacement.to_string());
                assert!(recognise_text(&text).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn two_swapped_neighbours_are_detected() {
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
    fn other_texts_are_refused_with_the_reason() {
        assert_eq!(recognise_text(""), Err(FormatError::Foreign));
        assert_eq!(recognise_text("ghp_abc"), Err(FormatError::Foreign));
        assert_eq!(recognise_text("apcs_test_7Hq2"), Err(FormatError::Shape));
        assert_eq!(recognise_text("apca_x"), Err(FormatError::Shape));
        assert_eq!(recognise_text(&SECRET.replace("442", "443")), Err(FormatError::Checksum));
    }

    #[test]
    fn credentials_in_messages_are_hidden() {
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
    fn credentials_with_a_small_mistake_are_hidden_in_requests() {
        let hyphens = SECRET.replace('_', "-");
        let encoded = SECRET.replace('_', "%5F");
        let (small, capital) = (SECRET.to_lowercase(), SECRET.to_uppercase());
        let every = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        // base64 of the id, a colon and the secret
        let basic = "YXBja190ZXN0XzdIcTJtWjB4UGE0VDphcGNzX3Rlc3RfN0hxMm1aMHhQYTRUXzlmS2MzVnRReE44c0xiMld5RW9VajZSZ1pwMERoQWFNM0V0NDQy";
        for text in [
            &SECRET[1..],
            &SECRET[5..],
            &SECRET[23..],
            &hyphens,
            &encoded,
            &small[1..],
            &capital,
            &every,
            basic,
        ] {
            assert_eq!(redact_request(&format!("id \"{text}\" sent")), "id \"[hidden]\" sent", "{text}");
        }
        assert_eq!(redact_request(&SECRET.replace("Qx", "Q x")), "apcs_[hidden] [hidden]");
        assert_eq!(redact_request(&format!("{basic}==")), "[hidden]==");
        assert_eq!(redact_request(&format!("x {SECRET}")), "x apcs_[hidden]");
        for text in [
            "no client has the id \"apck_test_7Hq2mZ0xPa4T\"",
            "https://app.example.org/oauth/callback/of-the-maintenance-portal_for_all_bases-and-sites?x=1",
            "https%3A%2F%2Fapp.example.org%2Foauth%2Fcallback%2Fmaintenance%3Fa%3Db",
            "client_id=apck_test_7Hq2mZ0xPa4T&request=req_7Hq2mZ0xPa4T",
            "client_id-apck_test_7Hq2mZ0xPa4T-req",
            "550e8400-e29b-41d4-a716-446655440000",
            "ASSETS_READ_AND_WRITE_OF_EVERY_BASE_AND_SITE",
            "100 % of \u{e9}t\u{e9} %zz %",
        ] {
            assert_eq!(redact_request(text), text);
        }
    }

    #[test]
    fn credentials_are_found_anywhere_in_a_text() {
        for text in [SECRET, &format!("see {SECRET}."), &SECRET[..35], &format!("apca_{}", "a".repeat(49))] {
            assert!(holds_credential(text), "{text}");
        }
        for text in ["apcs_", "apcs_production_key_file.txt", "apca_notes", "apck_test_7Hq2mZ0xPa4T", ""] {
            assert!(!holds_credential(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_texts_do_not_panic(text in ".{0,80}") {
            let _ = recognise_text(&text);
            let _ = redact_request(&text);
            let _ = recognise_text(&format!("apcs_{text}"));
            let _ = recognise_text(&format!("apca_{text}"));
        }
    }
}
