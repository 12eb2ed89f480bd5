//! Pure types and rules: what a key, consumer, grant, user and token are, and when each may be used.
//!
//! Nothing here reads a clock, a file, a database or a command line.

pub mod audit;
pub mod catalog;
pub mod client;
pub mod code;
pub mod color;
pub mod ellipsis;
pub mod grant;
pub mod handle;
pub mod id;
pub mod logo;
pub mod name;
pub mod network;
pub mod page;
pub mod redirect;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod secret_text;
pub mod session;
pub mod settings;
pub mod state_counts;
pub mod suggest;
pub mod throttle;
pub mod time;
pub mod token;
pub mod user;

/// The contracted account whose programs this store answers for. One store belongs to one base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Random identity of the store file, the first field of every audit head.
    pub store_id: String,
    /// What people call the base, shown on consent pages and in prompts.
    pub name: name::Text,
    /// Whether the credentials of this store are for real use or for trials.
    pub environment: id::Environment,
    /// When the store was made.
    pub created_at: time::Timestamp,
}

/// What a list and a show say about an object: exactly one of four words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Accepted now.
    Active,
    /// Switched off, can be switched on again.
    Disabled,
    /// Its time is over.
    Expired,
    /// Ended for good.
    Revoked,
}

impl State {
    /// All states, in the order in which help texts name them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Disabled, Self::Expired, Self::Revoked];

    /// The word used in every output and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The state that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}
