//! The page on which a user signs in.

use askama::Template;

use crate::service::pages::relative_time;
use crate::service::pages::shared::{HiddenField, PageContext, finish};

/// Why the user sees the page again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// The username is unknown or the password is wrong; the page does not reveal which.
    Wrong,
    /// Too many attempts. The next one is accepted after this number of seconds.
    Throttled { seconds: i64 },
    /// The session has ended, and the request needs a new one.
    SessionEnded,
}

/// The page on which a user signs in. The form posts `username` and `password` with the hidden fields.
#[derive(Template)]
#[template(path = "sign_in.html", whitespace = "minimize")]
pub(crate) struct SignInPage<'a> {
    pub context: PageContext<'a>,
    /// The title of the application that sent the user, if there is one.
    pub application: Option<&'a str>,
    /// The username of the attempt before.
    pub username: &'a str,
    pub problem: Option<SignInProblem>,
    /// The path to which the form is posted.
    pub action: &'a str,
    pub hidden: &'a [HiddenField<'a>],
}

impl SignInPage<'_> {
    /// Renders the page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn purpose(&self) -> String {
        let words = self.context.words;
        self.application.map_or_else(|| words.sign_in_for_account.to_owned(), words.sign_in_for)
    }

    fn problem_text(&self) -> Option<String> {
        let words = self.context.words;
        self.problem.map(|problem| match problem {
            SignInProblem::Wrong => words.wrong_password.to_owned(),
            SignInProblem::Throttled { seconds } => (words.throttled)(relative_time::wait(seconds)),
            SignInProblem::SessionEnded => words.session_ended.to_owned(),
        })
    }

    /// Returns true if the username or password is wrong.
    const fn is_mistake(&self) -> bool {
        matches!(self.problem, Some(SignInProblem::Wrong))
    }

    fn password_help(&self) -> String {
        (self.context.words.password_help)(&self.context.theme.base)
    }
}
