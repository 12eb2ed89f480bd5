//! The actions of the product, one file per aggregate. The command line and the service call the same functions.
//!
//! A function that changes something takes a [`Change`]: one write transaction, one timestamp, one operation id. It
//! records an event for every object that it changes, and [`Change::finish`] seals these events into the audit chain in
//! the same transaction. Functions that only read take a snapshot. Actions do not print and do not depend on HTTP.

pub mod audit;
pub mod authenticate;
pub mod base;
pub mod change;
pub mod clients;
pub mod error;
pub mod grants;
pub mod groups;
pub mod oauth;
mod patch;
pub mod refusals;
pub mod resolve;
pub mod scopes;
pub mod sessions;
pub mod status;
mod stop;
pub mod throttle;
pub mod users;

pub use crate::actions::change::{BorrowedTransaction, Change, ChangeContext, ChangeOutcome};
pub use crate::actions::error::{ActionError, HandleMatch, Namespace};
pub use crate::actions::patch::Patch;
