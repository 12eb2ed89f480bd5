//! Public ids: a prefix that identifies the kind of object, then twelve base62 characters.

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

/// The id of an API key or a consumer: `apck_ENV_` or `apcc_ENV_` and twelve characters. It is the `client_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Returns the id with the given random characters.
    #[must_use]
    pub fn from_random(kind: ClientKind, environment: Environment, random: &str) -> Self {
        Self(format!("{}{}_{random}", kind.id_prefix(), environment.as_str()))
    }

    /// Returns the kind of the client, which the prefix states.
    #[must_use]
    pub fn kind(&self) -> ClientKind {
        if self.0.starts_with(ClientKind::Key.id_prefix()) { ClientKind::Key } else { ClientKind::Consumer }
    }

    /// Returns the twelve random characters, which the client's secrets contain too.
    #[must_use]
    pub fn random(&self) -> &str {
        &self.0[self.0.len() - RANDOM_LENGTH..]
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
    fn a_client_id_contains_its_kind_and_random_part() {
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
