//! A change to an optional field.

/// What to do with a part that may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Leave it.
    #[default]
    Keep,
    /// Give it this value.
    Set(T),
    /// Take it away.
    Clear,
}

impl<T: Clone> Patch<T> {
    pub(crate) fn apply(&self, part: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Set(value) => *part = Some(value.clone()),
            Self::Clear => *part = None,
        }
    }
}
