//! Handles: how a person names an object on the command line.

use std::fmt;

use crate::domain::id::{ClientKind, Environment, RANDOM_LENGTH, is_base62};
use crate::domain::name::{Name, shorten};

/// What sort of object a handle should name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// An API key.
    Key,
    /// A consumer.
    Consumer,
    /// A user.
    User,
    /// A grant.
    Grant,
    /// A token.
    Token,
}

impl Noun {
    /// The noun in commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Consumer => "consumer",
            Self::User => "user",
            Self::Grant => "grant",
            Self::Token => "token",
        }
    }

    const fn id_prefix(self) -> &'static str {
        match self {
            Self::Key => ClientKind::Key.id_prefix(),
            Self::Consumer => ClientKind::Consumer.id_prefix(),
            Self::User => "usr_",
            Self::Grant => "grt_",
            Self::Token => "tok_",
        }
    }
}

impl From<ClientKind> for Noun {
    fn from(kind: ClientKind) -> Self {
        match kind {
            ClientKind::Key => Self::Key,
            ClientKind::Consumer => Self::Consumer,
        }
    }
}

/// A handle: an id or the beginning of one, a name, or for a grant `USER/CONSUMER`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handle {
    /// An id or the beginning of one.
    Id(String),
    /// A name.
    Name(Name),
    /// A grant by its two ends, each an id, the beginning of one, or a name.
    Pair(Box<(Handle, Handle)>),
}

/// Why text cannot be a handle of that noun. Found without opening the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// An id of another noun.
    #[error("\"{text}\" is the id of a {found}, and a {wanted} was asked for")]
    OtherNoun {
        /// What was typed.
        text: String,
        /// What it names.
        found: &'static str,
        /// What should be named.
        wanted: &'static str,
    },
    /// A secret or a token, which must not be an argument. It is not repeated.
    #[error("that is {0}, which does not belong on a command line")]
    Credential(&'static str),
    /// An id that cannot exist.
    #[error("\"{0}\" is mistyped: an id has {RANDOM_LENGTH} letters and digits after its prefix")]
    Mistyped(String),
    /// Neither id nor name.
    #[error("\"{text}\" is no {noun} id and no name: {why}")]
    Neither {
        /// What was typed.
        text: String,
        /// What should be named.
        noun: &'static str,
        /// Why it is no name.
        why: String,
    },
}

const CREDENTIALS: [(&str, &str); 5] = [
    ("apcs_", "an API key's secret"),
    ("apcx_", "a consumer's secret"),
    ("apca_", "an access token"),
    ("apcr_", "a refresh token"),
    ("apcg_", "an authorization code"),
];
const NOUNS: [Noun; 5] = [Noun::Key, Noun::Consumer, Noun::User, Noun::Grant, Noun::Token];

impl Handle {
    /// Reads a handle of that noun.
    ///
    /// # Errors
    /// Says why no object of that noun can have that id or name.
    pub fn parse(noun: Noun, text: &str) -> Result<Self, HandleError> {
        if let Some((_, what)) = CREDENTIALS.into_iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return Err(HandleError::Credential(what));
        }
        if noun == Noun::Grant
            && let Some((user, consumer)) = text.split_once('/')
        {
            let pair = (Self::parse(Noun::User, user)?, Self::parse(Noun::Consumer, consumer)?);
            return Ok(Self::Pair(Box::new(pair)));
        }
        if let Some(found) = NOUNS.into_iter().find(|noun| text.starts_with(noun.id_prefix())) {
            if found != noun {
                return Err(HandleError::OtherNoun {
                    text: shorten(text),
                    found: found.as_str(),
                    wanted: noun.as_str(),
                });
            }
            return if Self::fits(noun, text) {
                Ok(Self::Id(text.to_owned()))
            } else {
                Err(HandleError::Mistyped(shorten(text)))
            };
        }
        text.parse().map(Self::Name).map_err(|error: crate::domain::name::NameError| HandleError::Neither {
            text: shorten(text),
            noun: noun.as_str(),
            why: error.to_string(),
        })
    }

    /// Whether the text could be the beginning of an id of that noun.
    fn fits(noun: Noun, text: &str) -> bool {
        let rest = &text[noun.id_prefix().len()..];
        let random = match noun {
            Noun::Key | Noun::Consumer => {
                let environments = [Environment::Live, Environment::Test]
                    .map(|environment| format!("{}_", environment.as_str()));
                if environments.iter().any(|environment| environment.starts_with(rest)) {
                    return true;
                }
                match environments.iter().find_map(|environment| rest.strip_prefix(environment.as_str())) {
                    Some(random) => random,
                    None => return false,
                }
            }
            Noun::User | Noun::Grant | Noun::Token => rest,
        };
        random.len() <= RANDOM_LENGTH && is_base62(random)
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Name(name) => f.write_str(name.as_str()),
            Self::Pair(pair) => write!(f, "{}/{}", pair.0, pair.1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_prefixes_names_and_pairs_are_told_apart() {
        let parse = |noun, text| Handle::parse(noun, text).unwrap();
        assert_eq!(
            parse(Noun::Key, "apck_test_7Hq2mZ0xPa4T"),
            Handle::Id("apck_test_7Hq2mZ0xPa4T".to_owned())
        );
        assert_eq!(parse(Noun::Key, "apck_te"), Handle::Id("apck_te".to_owned()));
        assert!(matches!(parse(Noun::Key, "erp-sync"), Handle::Name(_)));
        assert!(matches!(parse(Noun::Grant, "tech1/field-app"), Handle::Pair(_)));
        assert!(matches!(parse(Noun::Grant, "usr_7H/apcc_live_x"), Handle::Pair(_)));
    }

    #[test]
    fn a_mistyped_id_is_seen_without_the_store() {
        let error = |noun, text| Handle::parse(noun, text).unwrap_err();
        assert!(matches!(error(Noun::Key, "apck_test_7Hq2mZ0xPa4T9"), HandleError::Mistyped(_)));
        assert!(matches!(error(Noun::Key, "apck_prod_7Hq2"), HandleError::Mistyped(_)));
        assert!(matches!(error(Noun::Grant, "grt_7Hq2-Z0xPa4T"), HandleError::Mistyped(_)));
        assert!(matches!(error(Noun::Key, "apcc_test_7Hq2mZ0xPa4T"), HandleError::OtherNoun { .. }));
        assert!(matches!(error(Noun::User, "Tech 1"), HandleError::Neither { .. }));
    }

    #[test]
    fn a_pasted_secret_is_refused_and_not_repeated() {
        let error = Handle::parse(Noun::Key, "apcs_test_7Hq2mZ0xPa4T_9fKc3VtQ").unwrap_err();
        assert_eq!(error, HandleError::Credential("an API key's secret"));
        assert!(!error.to_string().contains("9fKc3VtQ"));
    }
}
