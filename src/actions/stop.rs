//! Ending an action early: a refusal is an outcome, a failure is an error.

use crate::actions::error::ActionError;
use crate::domain::refusal::{Check, Decision, Refusal};
use crate::store::StoreError;

/// Ends an action before it reached its result. It lets the steps of an action use `?` for a refusal and for a failure.
pub(crate) enum Stop<E> {
    /// The request is refused.
    Refused(Box<Refusal>),
    Failed(E),
}

/// Separates the refusal, which is an outcome, from the failure, which is an error.
///
/// # Errors
/// The error of [`Stop::Failed`].
pub(crate) fn into_decision<T, E>(result: Result<T, Stop<E>>) -> Result<Decision<T>, E> {
    match result {
        Ok(value) => Ok(Decision::Allowed(value)),
        Err(Stop::Refused(refusal)) => Ok(Decision::Refused(refusal)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

impl<E> From<Box<Refusal>> for Stop<E> {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal)
    }
}

impl<E> From<Check> for Stop<E> {
    fn from(check: Check) -> Self {
        Self::Refused(check.into())
    }
}

impl From<StoreError> for Stop<StoreError> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Stop<ActionError> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ActionError> for Stop<ActionError> {
    fn from(error: ActionError) -> Self {
        Self::Failed(error)
    }
}

impl From<Stop<StoreError>> for Stop<ActionError> {
    fn from(stop: Stop<StoreError>) -> Self {
        match stop {
            Stop::Refused(refusal) => Self::Refused(refusal),
            Stop::Failed(error) => Self::Failed(error.into()),
        }
    }
}
