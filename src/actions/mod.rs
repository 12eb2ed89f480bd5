//! What the product does, one file per aggregate. The command line and the service call the same functions.
//!
//! A function that changes something takes a [`Change`]: one write transaction, one moment, one operation id. It records
//! an event for every object that it changes, and [`Change::finish`] seals those events into the audit chain in the same
//! transaction. Functions that only read take a snapshot. None of them prints, and none knows HTTP.

pub mod audit;
pub mod authentication;
pub mod authorization;
pub mod base;
pub mod catalog;
pub mod change;
pub mod clients;
pub mod error;
pub mod grants;
mod near;
pub mod refusals;
pub mod secrets;
pub mod select;
pub mod sessions;
pub mod status;
pub mod throttle;
pub mod tokens;
pub mod users;

pub use change::{Change, Lent, Origin, Outcome};
pub use error::{ActionError, Candidate, Named};
