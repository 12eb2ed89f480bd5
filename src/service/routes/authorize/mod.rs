//! Authorization endpoint: the request, sign-in, consent and sign-out.

pub(crate) mod check;
pub(crate) mod consent;
pub(crate) mod consent_form;
pub(crate) mod issue;
pub(crate) mod query;
pub(crate) mod request;
pub(crate) mod sign_in;
pub(crate) mod sign_in_attempt;
pub(crate) mod sign_out;
