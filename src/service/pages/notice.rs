//! Short pages: a confirmation before an irreversible step, and a message.

use askama::Template;

use crate::service::pages::shared::{HiddenField, PageContext, finish};

/// A confirmation before an irreversible step. The form posts `confirm=yes` with the hidden fields.
#[derive(Template)]
#[template(path = "confirm.html", whitespace = "minimize")]
pub(crate) struct ConfirmPage<'a> {
    context: PageContext<'a>,
    heading: String,
    text: String,
    button: &'static str,
    action: &'a str,
    hidden: &'a [HiddenField<'a>],
    /// The path of the link that cancels.
    back: &'a str,
}

impl<'a> ConfirmPage<'a> {
    /// Asks whether to revoke the application with this title.
    pub(crate) fn revoke(
        context: PageContext<'a>,
        title: &str,
        action: &'a str,
        hidden: &'a [HiddenField<'a>],
        back: &'a str,
    ) -> Self {
        let words = context.words;
        let (heading, text) = ((words.revoke_heading)(title), (words.revoke_text)(title));
        Self { context, heading, text, button: words.revoke, action, hidden, back }
    }

    /// Asks whether to revoke all applications, with their number.
    pub(crate) fn revoke_all(
        context: PageContext<'a>,
        count: usize,
        action: &'a str,
        hidden: &'a [HiddenField<'a>],
        back: &'a str,
    ) -> Self {
        let words = context.words;
        let (heading, text) = (words.revoke_all_heading.to_owned(), (words.revoke_all_text)(count));
        Self { context, heading, text, button: words.revoke_all, action, hidden, back }
    }

    /// Asks whether to sign out.
    pub(crate) fn sign_out(
        context: PageContext<'a>,
        action: &'a str,
        hidden: &'a [HiddenField<'a>],
        back: &'a str,
    ) -> Self {
        let words = context.words;
        let (heading, text) = (words.sign_out_heading.to_owned(), words.sign_out_text.to_owned());
        Self { context, heading, text, button: words.sign_out, action, hidden, back }
    }

    /// Renders the page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }
}

/// A title, a text, and optionally a link.
#[derive(Template)]
#[template(path = "message.html", whitespace = "minimize")]
pub(crate) struct MessagePage<'a> {
    pub context: PageContext<'a>,
    pub title: &'a str,
    pub text: &'a str,
    /// The path and the text of a link.
    pub link: Option<(&'a str, &'a str)>,
}

impl<'a> MessagePage<'a> {
    /// Reports that the user is signed out, with a link to sign in again.
    pub(crate) const fn signed_out(context: PageContext<'a>, sign_in: &'a str) -> Self {
        let words = context.words;
        let link = Some((sign_in, words.sign_in_again));
        Self { context, title: words.signed_out, text: words.signed_out_text, link }
    }

    /// Explains to developers of clients what the service offers, with a link to its metadata.
    pub(crate) const fn for_developers(context: PageContext<'a>, metadata: &'a str) -> Self {
        let words = context.words;
        let link = Some((metadata, words.metadata));
        Self { context, title: words.developers, text: words.developers_text, link }
    }

    /// Renders the page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }
}
