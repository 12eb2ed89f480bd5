//! Handles: the texts by which an administrator identifies an object.

use std::fmt;

use crate::domain::id::{ClientId, ClientKind, Environment, RANDOM_LENGTH, is_base62};
use crate::domain::name::{Name, NameError, shorten};

/// The kind of object that a handle identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    Key,
    Consumer,
    User,
    Grant,
    Token,
}

impl Noun {
    /// Returns the noun in commands.
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

    /// Returns true if ids of this kind need not have the form of new ids.
    const fn has_free_ids(self) -> bool {
        matches!(self, Self::Key | Self::Consumer)
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

/// The text that identifies an object: an id or a prefix of one, a name, or for a grant `USER/CONSUMER`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handle {
    /// An id or a prefix of one. The id of a client that has another form than new ids has no prefixes.
    Id(String),
    /// A name. For a key or consumer, also an id that has the form of a name.
    Name(Name),
    /// A grant by its user and its consumer, each an id, a prefix of one, or a name.
    Pair(Box<(Handle, Handle)>),
}

/// The reason why a text cannot identify an object of a kind. It is determined without opening the store, except for clients:
/// their ids may have any form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// The text is an id of another kind.
    #[error("\"{text}\" is the id of a {actual}, but a {expected} is required")]
    OtherNoun { text: String, actual: &'static str, expected: &'static str },
    /// The text is a secret or a token, which other processes could read. It is not part of the message.
    #[error("that is {0}, which does not belong on a command line")]
    Credential(&'static str),
    /// The text has the prefix of an id but not its form.
    #[error("\"{0}\" is mistyped: an id has {RANDOM_LENGTH} letters and digits after its prefix")]
    Mistyped(String),
    /// The text is neither an id nor a name.
    #[error("\"{text}\" is neither a {noun} id nor a name: {why}")]
    Neither {
        text: String,
        noun: &'static str,
        /// The reason why it is not a name.
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
    /// Parses a handle of an object of the kind `noun`.
    ///
    /// # Errors
    /// [`HandleError`] if no object of this kind can have such an id or name.
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
        if let Some(error) = Self::misfit(noun, text) {
            return if noun.has_free_ids() && text.parse::<ClientId>().is_ok() {
                Ok(Self::Id(text.to_owned()))
            } else {
                Err(error)
            };
        }
        if text.starts_with(noun.id_prefix()) {
            return Ok(Self::Id(text.to_owned()));
        }
        text.parse().map(Self::Name).or_else(|error| {
            if noun.has_free_ids() && text.parse::<ClientId>().is_ok() {
                Ok(Self::Id(text.to_owned()))
            } else {
                Err(Self::neither(noun, text, &error))
            }
        })
    }

    /// Returns the reason why a text with the prefix of an id is neither an id in the form of new ids of this kind nor a
    /// prefix of one; `None` for any other text. A client may have the text as its id nevertheless.
    #[must_use]
    pub fn misfit(noun: Noun, text: &str) -> Option<HandleError> {
        match NOUNS.into_iter().find(|noun| text.starts_with(noun.id_prefix())) {
            Some(actual) if actual != noun => Some(HandleError::OtherNoun {
                text: shorten(text),
                actual: actual.as_str(),
                expected: noun.as_str(),
            }),
            Some(_) => (!Self::fits(noun, text)).then(|| HandleError::Mistyped(shorten(text))),
            None => match text.parse::<Name>() {
                Err(error @ NameError::Reserved(_)) => Some(Self::neither(noun, text, &error)),
                _ => None,
            },
        }
    }

    fn neither(noun: Noun, text: &str, error: &NameError) -> HandleError {
        HandleError::Neither { text: shorten(text), noun: noun.as_str(), why: error.to_string() }
    }

    /// Returns true if the text could be a prefix of an id of this kind.
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
    fn ids_prefixes_names_and_pairs_are_distinguished() {
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
    fn a_mistyped_id_is_refused_without_the_store() {
        let error = |noun, text| Handle::parse(noun, text).unwrap_err();
        assert!(matches!(error(Noun::User, "usr_7Hq2mZ0xPa4T9"), HandleError::Mistyped(_)));
        assert!(matches!(error(Noun::Grant, "grt_7Hq2-Z0xPa4T"), HandleError::Mistyped(_)));
        assert!(matches!(error(Noun::User, "apcc_test_7Hq2mZ0xPa4T"), HandleError::OtherNoun { .. }));
        assert!(matches!(error(Noun::Key, "apck_test_7Hq2:Z0xPa4T"), HandleError::Mistyped(_)));
        assert!(matches!(error(Noun::User, "Tech 1"), HandleError::Neither { .. }));
    }

    #[test]
    fn a_client_may_have_an_id_with_any_prefix() {
        for text in
            ["apck_prod_7Hq2", "apcc_test_7Hq2mZ0xPa4T", "usr_7Hq2mZ0xPa4T", "grt_", "tok_x-y", "sec_1"]
        {
            assert_eq!(Handle::parse(Noun::Key, text), Ok(Handle::Id(text.to_owned())), "{text}");
            assert!(Handle::misfit(Noun::Key, text).is_some(), "{text}");
        }
        assert!(matches!(Handle::misfit(Noun::Key, "apck_prod_7Hq2"), Some(HandleError::Mistyped(_))));
        assert!(matches!(Handle::misfit(Noun::Key, "usr_1"), Some(HandleError::OtherNoun { .. })));
        for text in ["apck_test_7Hq2mZ0xPa4T", "apck_te", "erp-sync", "0oa1B2c3"] {
            assert_eq!(Handle::misfit(Noun::Key, text), None, "{text}");
        }
    }

    #[test]
    fn a_pasted_secret_is_refused_and_not_repeated() {
        let error = Handle::parse(Noun::Key, "apcs_test_7Hq2mZ0xPa4T_9fKc3VtQ").unwrap_err();
        assert_eq!(error, HandleError::Credential("an API key's secret"));
        assert!(!error.to_string().contains("9fKc3VtQ"));
    }
}
