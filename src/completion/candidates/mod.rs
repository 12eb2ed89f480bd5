//! Candidates from the store: read only, at most a hundred, without errors.

pub(crate) mod catalog;
pub(crate) mod clients;
pub(crate) mod grants;
pub(crate) mod lookup;
pub(crate) mod refusals;
pub(crate) mod tokens;
pub(crate) mod users;
