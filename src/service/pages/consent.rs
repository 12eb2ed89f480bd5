//! The page where a user allows an application what it asks for, or does not.

use askama::Template;

use crate::service::pages::frame::{Frame, HiddenField, Person, ScopeWords, finish};

/// The application that asks.
#[derive(Clone, Copy)]
pub(crate) struct RequestingApplication<'a> {
    /// Its title, or its name where it has none.
    pub title: &'a str,
    pub client_id: &'a str,
    /// Host, and port if there is one, of the redirect URI; or its scheme where there is no host.
    pub return_host: &'a str,
    pub owner: Option<&'a str>,
    pub description: Option<&'a str>,
}

/// A scope that is asked for.
#[derive(Clone, Copy)]
pub(crate) struct RequestedScope<'a> {
    pub words: ScopeWords<'a>,
    /// Whether a grant of this user and application holds it already.
    pub granted: bool,
}

/// The page where a user allows an application what it asks for, or does not.
///
/// The form posts `decision` (`allow` or `deny`) and a `scope` for each box that is ticked, with the hidden fields.
#[derive(Template)]
#[template(path = "consent.html", whitespace = "minimize")]
pub(crate) struct ConsentPage<'a> {
    pub frame: Frame<'a>,
    pub asking: RequestingApplication<'a>,
    pub person: Person<'a>,
    pub scopes: &'a [RequestedScope<'a>],
    /// Where the form goes.
    pub action: &'a str,
    pub hidden: &'a [HiddenField<'a>],
    /// Where to sign in as somebody else for the same request.
    pub other_account: &'a str,
}

impl ConsentPage<'_> {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn heading(&self) -> String {
        (self.frame.words.consent_heading)(self.asking.title, &self.frame.theme.base)
    }

    fn note(&self) -> String {
        (self.frame.words.consent_note)(self.asking.title, self.asking.return_host)
    }
}
