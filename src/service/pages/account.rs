//! The page of the applications that may act for a user.

use askama::Template;

use crate::domain::time::Timestamp;

use crate::service::pages::relative_time::RelativeTime;
use crate::service::pages::shared::{HiddenField, PageContext, PageUser, ScopeWords, finish};

/// An application that the user has authorized.
pub(crate) struct AuthorizedApplication<'a> {
    /// The title, or the name without one.
    pub title: &'a str,
    pub client_id: &'a str,
    /// The grant's id, sent as `grant` by the button that revokes.
    pub grant: &'a str,
    pub scopes: Vec<ScopeWords<'a>>,
    pub authorized_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// A message about the last revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice<'a> {
    /// The application with this title was revoked.
    Revoked(&'a str),
    /// All applications were revoked; the number of them.
    RevokedAll(usize),
    /// Nothing was changed, because the application was revoked before.
    AlreadyRevoked,
}

/// The page of the applications that may act for a user.
#[derive(Template)]
#[template(path = "applications.html", whitespace = "minimize")]
pub(crate) struct ApplicationsPage<'a> {
    pub context: PageContext<'a>,
    pub user: PageUser<'a>,
    pub list: &'a [AuthorizedApplication<'a>],
    pub now: Timestamp,
    pub notice: Option<Notice<'a>>,
    /// The path to which the form of one application is posted, with `grant` and the hidden fields.
    pub revoke_action: &'a str,
    /// The path to which the form for all applications is posted.
    pub revoke_all_action: &'a str,
    pub sign_out_action: &'a str,
    pub hidden: &'a [HiddenField<'a>],
}

impl ApplicationsPage<'_> {
    /// Renders the page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn intro(&self) -> String {
        (self.context.words.applications_intro)(&self.context.theme.base)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn when(&self, time: &Timestamp) -> RelativeTime {
        RelativeTime::new(self.context.words, *time, self.now)
    }

    fn notice_text(&self) -> Option<String> {
        let words = self.context.words;
        self.notice.map(|notice| match notice {
            Notice::Revoked(title) => (words.has_revoked)(title),
            Notice::RevokedAll(count) => (words.has_revoked_all)(count),
            Notice::AlreadyRevoked => words.already_revoked.to_owned(),
        })
    }
}
