//! Authorization endpoint: the request, sign-in and consent.

pub(crate) mod consent;
pub(crate) mod request;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
