//! The state that lists and views show.

/// The effective state of an object, which every view shows as one of four words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Active,
    /// Refused until it is enabled again.
    Disabled,
    /// Refused since the moment at which it expired.
    Expired,
    Revoked,
}

impl State {
    /// Every state, in the order in which help texts list them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Disabled, Self::Expired, Self::Revoked];

    /// Returns the word in outputs and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Returns the state that `word` names, or `None` for any other text.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// The number of objects in each effective state. States that a kind of object cannot have are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateCounts {
    pub active: i64,
    pub disabled: i64,
    pub expired: i64,
    pub revoked: i64,
}
