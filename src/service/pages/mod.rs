//! The pages that users see: plain HTML forms, without scripts, usable without their stylesheet.
//!
//! A page is a struct that a route fills and renders to HTML; the route adds the status, headers and cookies. Paths in a page
//! begin with a slash, and the template inserts the issuer's path before them.

mod accent;
mod account;
mod consent;
pub(crate) mod error;
mod icon;
mod language;
mod logo;
mod notice;
mod relative_time;
pub(crate) mod response;
mod shared;
mod sign_in;
mod texts;
mod theme;

#[cfg(test)]
mod tests;

pub(crate) use account::{ApplicationsPage, AuthorizedApplication, Notice};
pub(crate) use consent::{ConsentPage, RequestedScope, RequestingApplication};
pub(crate) use logo::Logo;
pub(crate) use notice::{ConfirmPage, MessagePage};
pub(crate) use shared::{HiddenField, PageContext, ScopeWords};
pub(crate) use sign_in::{SignInPage, SignInProblem};
pub(crate) use theme::Theme;
