//! Results of looking up an object by a handle.

use crate::store::error::StoreError;

/// Objects that a handle names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<T> {
    None,
    One(T),
    /// The handle is a prefix of several ids; holds at most ten of the objects.
    Many(Vec<T>),
    /// The handle is the name of one object and the id of another.
    NameAndId {
        named: T,
        identified: T,
    },
}

impl<T> Match<T> {
    /// Changes each object.
    ///
    /// # Errors
    /// The [`StoreError`] of `change` for the first object that it cannot change.
    pub(crate) fn try_map<U>(
        self,
        mut change: impl FnMut(T) -> Result<U, StoreError>,
    ) -> Result<Match<U>, StoreError> {
        Ok(match self {
            Self::None => Match::None,
            Self::One(object) => Match::One(change(object)?),
            Self::Many(objects) => {
                Match::Many(objects.into_iter().map(change).collect::<Result<_, StoreError>>()?)
            }
            Self::NameAndId { named, identified } => {
                Match::NameAndId { named: change(named)?, identified: change(identified)? }
            }
        })
    }
}
