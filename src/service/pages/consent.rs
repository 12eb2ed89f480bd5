//! The page on which a user allows or denies the scopes that an application requests.

use askama::Template;

use crate::service::pages::shared::{HiddenField, PageContext, PageUser, ScopeWords, finish};

/// The application that requests access.
#[derive(Clone, Copy)]
pub(crate) struct RequestingApplication<'a> {
    /// The title, or the name without one.
    pub title: &'a str,
    pub client_id: &'a str,
    /// The host of the redirect URI, with its port if it has one, or its scheme if it has no host.
    pub return_host: &'a str,
    pub owner: Option<&'a str>,
    pub description: Option<&'a str>,
}

/// A scope that the application requests.
#[derive(Clone, Copy)]
pub(crate) struct RequestedScope<'a> {
    pub words: ScopeWords<'a>,
    /// True if the user has granted the scope to the application before.
    pub granted: bool,
}

/// The page on which a user allows or denies the scopes that an application requests.
///
/// The form posts `decision` (`allow` or `deny`), a `scope` for each checked box, and the hidden fields.
#[derive(Template)]
#[template(path = "consent.html", whitespace = "minimize")]
pub(crate) struct ConsentPage<'a> {
    pub context: PageContext<'a>,
    pub application: RequestingApplication<'a>,
    pub user: PageUser<'a>,
    pub scopes: &'a [RequestedScope<'a>],
    /// The path to which the form is posted.
    pub action: &'a str,
    pub hidden: &'a [HiddenField<'a>],
    /// The path to sign in as another user for the same request.
    pub other_account: &'a str,
}

impl ConsentPage<'_> {
    /// Renders the page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn heading(&self) -> String {
        (self.context.words.consent_heading)(self.application.title, &self.context.theme.base)
    }

    fn note(&self) -> String {
        (self.context.words.consent_note)(self.application.title, self.application.return_host)
    }
}
