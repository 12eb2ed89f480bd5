//! The pages that users see: plain HTML forms, without scripts, usable without their stylesheet.
//!
//! A page is a struct that a route fills and renders to HTML; status, headers and cookies are the route's. Paths that a
//! route gives begin with a slash; the page puts the issuer's path in front of them.

mod accent;
mod account;
mod consent;
pub(crate) mod error;
mod frame;
mod icon;
mod language;
mod logo;
mod notice;
mod relative_time;
pub(crate) mod response;
mod sign_in;
mod texts;
mod theme;

#[cfg(test)]
mod tests;

pub(crate) use account::{ApplicationsPage, AuthorizedApplication, Notice};
pub(crate) use consent::{ConsentPage, RequestedScope, RequestingApplication};
pub(crate) use frame::{Frame, HiddenField, ScopeWords};
pub(crate) use logo::Logo;
pub(crate) use notice::{ConfirmPage, MessagePage};
pub(crate) use sign_in::{SignInPage, SignInProblem};
pub(crate) use texts::Trouble;
pub(crate) use theme::Theme;
