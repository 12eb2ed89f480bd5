//! What the product does, one file per aggregate. The command line and the service call the same functions.
//!
//! A function that changes something takes a [`Change`]: one write transaction, one moment, one operation id. It records
//! an event for every object that it changes, and [`Change::finish`] seals those events into the audit chain in the same
//! transaction. Functions that only read take a snapshot. None of them prints, and none knows HTTP.

pub mod audit;
pub mod authenticate;
pub mod base;
pub mod catalog;
pub mod change;
pub mod clients;
pub mod error;
pub mod grants;
pub mod oauth;
pub mod refusals;
pub mod resolve;
pub mod sessions;
pub mod status;
mod stop;
pub mod throttle;
pub mod users;

pub use crate::actions::change::{Borrowed, Change, Origin, Outcome};
pub use crate::actions::error::{ActionError, Candidate, Named};
