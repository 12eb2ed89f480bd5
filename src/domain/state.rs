//! The state that lists and views show.

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
