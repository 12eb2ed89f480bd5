//! HTTP requests and answers: the outermost layer, parameters, client authentication, cookies, and errors.

pub(crate) mod answer;
pub(crate) mod client_auth;
pub(crate) mod context;
pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod csrf;
pub(crate) mod form;
pub(crate) mod layer;
pub(crate) mod oauth_error;
pub(crate) mod parameters;
pub(crate) mod paths;
pub(crate) mod rejection;
pub(crate) mod request_id;
