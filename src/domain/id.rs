//! Public ids: a prefix that identifies the kind of object, then twelve base62 characters. The id of a client may have
//! another form.

use std::fmt;
use std::str::FromStr;

/// The number of random characters in an id: 62^12 values, about 71 bits.
pub const RANDOM_LENGTH: usize = 12;

/// The purpose of a store. It is part of the text of client ids and client secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Live,
    Test,
}

impl Environment {
    /// Returns the word in ids, commands and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "live" => Ok(Self::Live),
            "test" => Ok(Self::Test),
            _ => Err("the environment is live or test".to_owned()),
        }
    }
}

/// The kind of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// An API key of the base, for its own integrations.
    Key,
    /// An application of a third party.
    Consumer,
}

impl ClientKind {
    /// Returns the noun in commands, audit events and the store.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Consumer => "consumer",
        }
    }

    /// Returns the prefix of ids of this kind, which precedes the environment.
    #[must_use]
    pub const fn id_prefix(self) -> &'static str {
        match self {
            Self::Key => "apck_",
            Self::Consumer => "apcc_",
        }
    }

    /// Returns the prefix of secrets of this kind, which precedes the environment.
    #[must_use]
    pub const fn secret_prefix(self) -> &'static str {
        match self {
            Self::Key => "apcs_",
            Self::Consumer => "apcx_",
        }
    }
}

/// The prefixes of secrets, tokens and codes.
const CREDENTIAL_PREFIXES: [&str; 5] =
    [ClientKind::Key.secret_prefix(), ClientKind::Consumer.secret_prefix(), "apca_", "apcr_", "apcg_"];

/// Returns true if `text` consists of base62 digits.
#[must_use]
pub fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A text that is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct IdError {
    expected: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The prefix of every id of this kind.
            pub const PREFIX: &'static str = $prefix;

            /// Returns the id with the given random characters.
            #[must_use]
            pub fn from_random(random: &str) -> Self {
                Self(format!("{}{random}", $prefix))
            }

            /// Returns the id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match text.strip_prefix($prefix) {
                    Some(random) if random.len() == RANDOM_LENGTH && is_base62(random) => {
                        Ok(Self(text.to_owned()))
                    }
                    _ => Err(IdError { expected: $expected }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(/** The id of a user: `usr_` and twelve characters. */ UserId, "usr_", "a user id");
id!(/** The id of a grant: `grt_` and twelve characters. */ GrantId, "grt_", "a grant id");
id!(/** The public id of a token: `tok_` and twelve characters. It is not the token. */ TokenId, "tok_", "a token id");
id!(/** The public id of a secret: `sec_` and twelve characters. It is not the secret. */ SecretId, "sec_", "a secret id");
id!(/** The id of a request to the service: `req_` and twelve characters. */ RequestId, "req_", "a request id");
id!(/** The id of one run of a command: `op_` and twelve characters. Its audit records share it. */ OperationId, "op_", "an operation id");

/// The maximum length of a client id in characters.
pub const CLIENT_ID_LENGTH: usize = 255;

/// The id of an API key or a consumer, the `client_id` of OAuth: 1 to [`CLIENT_ID_LENGTH`] characters of `VSCHAR` (RFC 6749
/// appendix A.1) without `:`, which ends the id in HTTP Basic, and without a space at either end, which endpoints take off.
///
/// New ids are `apck_ENV_` or `apcc_ENV_` and twelve characters. An id does not say what its client is: the kind is a
/// property of the client. A text that contains the prefix of a credential is not an id, so that a secret which was sent in
/// place of an id is not stored as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Returns the id with the given random characters.
    #[must_use]
    pub fn from_random(kind: ClientKind, environment: Environment, random: &str) -> Self {
        Self(format!("{}{}_{random}", kind.id_prefix(), environment.as_str()))
    }

    /// Returns the twelve random characters of an id in the form of new ids, otherwise `None`.
    #[must_use]
    pub fn random(&self) -> Option<&str> {
        let kinds = [ClientKind::Key, ClientKind::Consumer];
        let rest = kinds.iter().find_map(|kind| self.0.strip_prefix(kind.id_prefix()))?;
        let (environment, random) = rest.split_once('_')?;
        let is_random = random.len() == RANDOM_LENGTH && is_base62(random);
        (environment.parse::<Environment>().is_ok() && is_random).then_some(random)
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = (1..=CLIENT_ID_LENGTH).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b':')
            && text.trim_matches(' ') == text
            && !CREDENTIAL_PREFIXES.iter().any(|prefix| text.contains(prefix));
        if fits { Ok(Self(text.to_owned())) } else { Err(IdError { expected: "a client id" }) }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_vschar_without_a_colon() {
        for text in ["apcc_live_7Hq2mZ0xPa4T", "0oa1B2c3", "my app/1~!", "=1+1", "a", &"x".repeat(255)] {
            assert_eq!(text.parse::<ClientId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        let secret = "apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM3Et442";
        for text in [
            "",
            " ",
            " a",
            "a ",
            "a:b",
            "a\tb",
            "a\n",
            "\u{7f}",
            "\u{e4}",
            &"x".repeat(256),
            secret,
            &format!("id {secret}"),
        ] {
            assert!(text.parse::<ClientId>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_minted_client_id_has_a_random_part() {
        let random = |text: &str| text.parse::<ClientId>().unwrap().random().map(str::to_owned);
        assert_eq!(random("apcc_live_7Hq2mZ0xPa4T").as_deref(), Some("7Hq2mZ0xPa4T"));
        for text in
            ["apck_", "apck_prod_7Hq2mZ0xPa4T", "apck_test_7Hq2mZ0xPa4", "apck_test_7Hq2mZ0xPa4-", "erp-sync"]
        {
            assert_eq!(random(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        assert!("grt_7Hq2mZ0xPa4T".parse::<GrantId>().is_ok());
        assert!("tok_7Hq2mZ0xPa4T".parse::<GrantId>().is_err());
        assert!("grt_7Hq2mZ0xPa4".parse::<GrantId>().is_err());
    }
}
