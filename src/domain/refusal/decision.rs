//! The outcome of an action that may refuse a request.

use crate::domain::refusal::Refusal;

/// The decision of an action about a request. A refusal is an ordinary outcome and not an error: changes that it made,
/// such as ending the tokens of a replayed code, are committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision<T> {
    /// The request is allowed, with this result.
    Allowed(T),
    /// The request is refused.
    Refused(Box<Refusal>),
}

impl<T> Decision<T> {
    /// Converts the decision into a `Result`, for the `?` operator.
    ///
    /// # Errors
    /// The [`Refusal`] if the request is refused.
    pub fn into_result(self) -> Result<T, Box<Refusal>> {
        match self {
            Self::Allowed(value) => Ok(value),
            Self::Refused(refusal) => Err(refusal),
        }
    }

    /// Returns true if the request is allowed.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

impl<T> From<Result<T, Box<Refusal>>> for Decision<T> {
    fn from(result: Result<T, Box<Refusal>>) -> Self {
        match result {
            Ok(value) => Self::Allowed(value),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}
