//! Pages that say one thing: a question before something ends, a message, an error.

use askama::Template;

use crate::service::pages::Trouble;
use crate::service::pages::frame::{Frame, HiddenField, finish};

/// A question before something ends. The form posts `confirm=yes` with the hidden fields.
#[derive(Template)]
#[template(path = "confirm.html", whitespace = "minimize")]
pub(crate) struct ConfirmPage<'a> {
    frame: Frame<'a>,
    heading: String,
    text: String,
    button: &'static str,
    action: &'a str,
    hidden: &'a [HiddenField<'a>],
    /// Where whoever would rather not goes back to.
    back: &'a str,
}

impl<'a> ConfirmPage<'a> {
    /// Whether to revoke the application of this title.
    pub(crate) fn revoke(
        frame: Frame<'a>,
        title: &str,
        action: &'a str,
        hidden: &'a [HiddenField<'a>],
        back: &'a str,
    ) -> Self {
        let words = frame.words;
        let (heading, text) = ((words.revoke_heading)(title), (words.revoke_text)(title));
        Self { frame, heading, text, button: words.revoke, action, hidden, back }
    }

    /// Whether to revoke all of so many applications.
    pub(crate) fn revoke_all(
        frame: Frame<'a>,
        count: usize,
        action: &'a str,
        hidden: &'a [HiddenField<'a>],
        back: &'a str,
    ) -> Self {
        let words = frame.words;
        let (heading, text) = (words.revoke_all_heading.to_owned(), (words.revoke_all_text)(count));
        Self { frame, heading, text, button: words.revoke_all, action, hidden, back }
    }

    /// Whether to sign out.
    pub(crate) fn sign_out(
        frame: Frame<'a>,
        action: &'a str,
        hidden: &'a [HiddenField<'a>],
        back: &'a str,
    ) -> Self {
        let words = frame.words;
        let (heading, text) = (words.sign_out_heading.to_owned(), words.sign_out_text.to_owned());
        Self { frame, heading, text, button: words.sign_out, action, hidden, back }
    }

    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }
}

/// A title, a text, and perhaps where to go from there.
#[derive(Template)]
#[template(path = "message.html", whitespace = "minimize")]
pub(crate) struct MessagePage<'a> {
    pub frame: Frame<'a>,
    pub title: &'a str,
    pub text: &'a str,
    /// A path, and what the link to it says.
    pub link: Option<(&'a str, &'a str)>,
}

impl<'a> MessagePage<'a> {
    /// That the user is signed out, with a link to sign in again.
    pub(crate) const fn signed_out(frame: Frame<'a>, sign_in: &'a str) -> Self {
        let words = frame.words;
        let link = Some((sign_in, words.sign_in_again));
        Self { frame, title: words.signed_out, text: words.signed_out_text, link }
    }

    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }
}

/// What went wrong: for the user what to do, for whoever integrates the application why.
#[derive(Template)]
#[template(path = "error.html", whitespace = "minimize")]
pub(crate) struct ErrorPage<'a> {
    pub frame: Frame<'a>,
    pub trouble: Trouble,
    /// Why, in fixed English words of the service's own; never in words of the request.
    pub reason: Option<&'a str>,
    /// The client id of a client that is known.
    pub client_id: Option<&'a str>,
    /// What the administrator finds the refusal by.
    pub request_id: Option<&'a str>,
}

impl ErrorPage<'_> {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn title(&self) -> &'static str {
        (self.frame.words.trouble)(self.trouble).0
    }

    fn advice(&self) -> &'static str {
        (self.frame.words.trouble)(self.trouble).1
    }
}
