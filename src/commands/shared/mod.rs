//! Shared parts of commands.

pub(crate) mod bulk;
pub(crate) mod client;
pub(crate) mod create;
pub(crate) mod deliver;
pub(crate) mod help_text;
pub(crate) mod list;
