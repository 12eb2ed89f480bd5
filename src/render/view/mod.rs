//! Views: what outputs show of an object.
//!
//! Views are separate from the types of the domain, so that a new field of an object is not shown by accident and no
//! output changes unnoticed. Fields are only ever added; snapshot tests compare every view.

pub mod audit;
pub mod base;
pub mod client;
pub mod consumer;
mod field;
pub mod grant;
pub mod group;
pub mod health;
pub mod key;
mod object;
pub mod reference;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod setting;
pub mod status;
pub mod store;
pub mod token;
pub mod user;
pub mod verification;

pub use crate::render::view::field::{Column, Field, Kind};
pub use crate::render::view::object::{View, pick, to_value};
