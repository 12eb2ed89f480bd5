//! The context of a run: output, global flags, the store, questions and input.

mod ask;
mod ctx;
mod input;
mod open;
mod transaction;

pub(crate) use crate::commands::context::ctx::{Ctx, colour};
pub(crate) use crate::commands::context::open::default_issuer;
