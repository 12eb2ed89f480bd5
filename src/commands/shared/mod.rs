//! Shared implementation of several commands. `client_*` serves the verbs of keys and of consumers.

pub(crate) mod bulk;
pub(crate) mod client_create;
pub(crate) mod client_edit;
pub(crate) mod client_filter;
pub(crate) mod client_read;
pub(crate) mod client_rotate;
pub(crate) mod client_switch;
pub(crate) mod deliver;
pub(crate) mod help_text;
pub(crate) mod list;
pub(crate) mod output;
pub(crate) mod secret_file;
