//! HTTP requests and answers.

pub(crate) mod client_auth;
pub(crate) mod cookies;
pub(crate) mod form;
pub(crate) mod layer;
pub(crate) mod oauth_error;
pub(crate) mod parameters;
pub(crate) mod rejection;
