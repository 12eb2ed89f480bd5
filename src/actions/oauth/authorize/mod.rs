//! Authorization requests (RFC 6749 section 4.1.1) and the consent of the user.
//!
//! The order of the checks prevents an open redirector (RFC 9700 section 4.11.2). [`destination()`] checks the client and the
//! redirect URI first. If it refuses, the response is a page of the service and nothing is sent to the redirect URI. A
//! refusal of [`check`] is sent to the client.

mod consent;
mod destination;
mod next_step;
mod parameters;
mod request;

pub use crate::actions::oauth::authorize::consent::{
    Allowance, AuthorizationRefusal, CONSENT_LIFETIME, ConsentAnswer, allow, answer_consent,
};
pub use crate::actions::oauth::authorize::destination::{Destination, destination};
pub use crate::actions::oauth::authorize::next_step::{NextStep, next_step};
pub use crate::actions::oauth::authorize::parameters::{AuthorizationParameters, Prompt};
pub use crate::actions::oauth::authorize::request::{ConsentRequest, ValidRequest, check};
