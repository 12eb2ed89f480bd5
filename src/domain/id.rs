//! Public ids: a prefix that says what they name, then twelve base 62 characters.

use std::fmt;
use std::str::FromStr;

/// How many random characters an id carries: 62^12, about 71 bits.
pub const RANDOM_LENGTH: usize = 12;

/// Whether a store's credentials are for real use or for trials. Part of every credential's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Real use.
    Live,
    /// Trials.
    Test,
}

impl Environment {
    /// The word in ids, commands and the store.
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

/// Whether a client is the base's own API key or a third party's consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// An id and secret of the base, for an integration of its own.
    Key,
    /// A third-party application.
    Consumer,
}

impl ClientKind {
    /// The noun used in commands, events and the store.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Consumer => "consumer",
        }
    }

    /// What an id of this kind begins with, before the environment.
    #[must_use]
    pub const fn id_prefix(self) -> &'static str {
        match self {
            Self::Key => "apck_",
            Self::Consumer => "apcc_",
        }
    }

    /// What a secret of this kind begins with, before the environment.
    #[must_use]
    pub const fn secret_prefix(self) -> &'static str {
        match self {
            Self::Key => "apcs_",
            Self::Consumer => "apcx_",
        }
    }
}

/// Whether `text` is made of base 62 digits alone.
#[must_use]
pub fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Text that is no id of the expected kind.
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
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The id with these random characters, which a mint has drawn.
            #[must_use]
            pub fn from_random(random: &str) -> Self {
                Self(format!("{}{random}", $prefix))
            }

            /// The whole text.
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

id!(/** A user: `usr_` and twelve characters. */ UserId, "usr_", "a user id");
id!(/** A grant: `grt_` and twelve characters. */ GrantId, "grt_", "a grant id");
id!(/** A token's public id: `tok_` and twelve characters; it cannot be used as the token. */ TokenId, "tok_", "a token id");
id!(/** A secret's public id: `sec_` and twelve characters; it cannot be used as the secret. */ SecretId, "sec_", "a secret id");
id!(/** One request to the service: `req_` and twelve characters. */ RequestId, "req_", "a request id");
id!(/** One run of a command that changes something: `op_` and twelve characters. */ OperationId, "op_", "an operation id");

/// An API key's or a consumer's id: `apck_ENV_` or `apcc_ENV_` and twelve characters. It is the `client_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// The id with these random characters, which a mint has drawn.
    #[must_use]
    pub fn from_random(kind: ClientKind, environment: Environment, random: &str) -> Self {
        Self(format!("{}{}_{random}", kind.id_prefix(), environment.as_str()))
    }

    /// Whether the id names an API key or a consumer.
    #[must_use]
    pub fn kind(&self) -> ClientKind {
        if self.0.starts_with(ClientKind::Key.id_prefix()) { ClientKind::Key } else { ClientKind::Consumer }
    }

    /// The twelve characters that this id's secrets carry too.
    #[must_use]
    pub fn random(&self) -> &str {
        &self.0[self.0.len() - RANDOM_LENGTH..]
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { expected: "a client id" };
        let rest = [ClientKind::Key, ClientKind::Consumer]
            .iter()
            .find_map(|kind| text.strip_prefix(kind.id_prefix()))
            .ok_or_else(|| error.clone())?;
        match rest.split_once('_') {
            Some((environment, random))
                if environment.parse::<Environment>().is_ok()
                    && random.len() == RANDOM_LENGTH
                    && is_base62(random) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(error),
        }
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
    fn a_client_id_says_its_kind_and_shares_its_random_part() {
        let id: ClientId = "apcc_live_7Hq2mZ0xPa4T".parse().unwrap();
        assert_eq!(id.kind(), ClientKind::Consumer);
        assert_eq!(id.random(), "7Hq2mZ0xPa4T");
        for text in [
            "",
            "apck_",
            "apck_prod_7Hq2mZ0xPa4T",
            "apck_test_7Hq2mZ0xPa4",
            "apck_test_7Hq2mZ0xPa4-",
            "grt_7Hq2mZ0xPa4T",
        ] {
            assert!(text.parse::<ClientId>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        assert!("grt_7Hq2mZ0xPa4T".parse::<GrantId>().is_ok());
        assert!("tok_7Hq2mZ0xPa4T".parse::<GrantId>().is_err());
        assert!("grt_7Hq2mZ0xPa4".parse::<GrantId>().is_err());
    }
}
