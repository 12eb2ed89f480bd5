//! The page where a user signs in.

use askama::Template;

use crate::service::pages::frame::{Frame, HiddenField, finish};
use crate::service::pages::relative_time;

/// Why the user sees the page again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// The username is unknown or the password is another: the page does not tell which.
    Wrong,
    /// Too many attempts; for so many seconds there is no use in another.
    Throttled { seconds: i64 },
    /// The session ended, and something needs a new one.
    SessionEnded,
}

/// The page where a user signs in. The form posts `username` and `password` with the hidden fields.
#[derive(Template)]
#[template(path = "sign_in.html", whitespace = "minimize")]
pub(crate) struct SignInPage<'a> {
    pub frame: Frame<'a>,
    /// What the application is called that sent the user here, if one did.
    pub application: Option<&'a str>,
    /// What was written into the field before.
    pub username: &'a str,
    pub problem: Option<SignInProblem>,
    /// Where the form goes.
    pub action: &'a str,
    pub hidden: &'a [HiddenField<'a>],
}

impl SignInPage<'_> {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn purpose(&self) -> String {
        let words = self.frame.words;
        self.application.map_or_else(|| words.sign_in_for_account.to_owned(), words.sign_in_for)
    }

    fn problem_text(&self) -> Option<String> {
        let words = self.frame.words;
        self.problem.map(|problem| match problem {
            SignInProblem::Wrong => words.wrong_password.to_owned(),
            SignInProblem::Throttled { seconds } => (words.throttled)(relative_time::wait(seconds)),
            SignInProblem::SessionEnded => words.session_ended.to_owned(),
        })
    }

    /// Whether what was written is at fault.
    const fn is_mistake(&self) -> bool {
        matches!(self.problem, Some(SignInProblem::Wrong))
    }

    fn password_help(&self) -> String {
        (self.frame.words.password_help)(&self.frame.theme.base)
    }
}
