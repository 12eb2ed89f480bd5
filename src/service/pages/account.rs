//! The user's own page: which applications may act for them.

use askama::Template;

use crate::domain::time::Timestamp;

use crate::service::pages::frame::{Frame, HiddenField, Person, ScopeWords, finish};
use crate::service::pages::relative_time::RelativeTime;

/// An application that the user has authorized.
pub(crate) struct AuthorizedApplication<'a> {
    /// Its title, or its name where it has none.
    pub title: &'a str,
    pub client_id: &'a str,
    /// The grant's id, sent as `grant` by the button that revokes.
    pub grant: &'a str,
    pub scopes: Vec<ScopeWords<'a>>,
    pub authorized_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// What has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice<'a> {
    /// The application of this title was revoked.
    Revoked(&'a str),
    /// So many were revoked.
    RevokedAll(usize),
    /// Nothing: it was revoked before.
    WasRevoked,
}

/// The user's own page: which applications may act for them.
#[derive(Template)]
#[template(path = "applications.html", whitespace = "minimize")]
pub(crate) struct ApplicationsPage<'a> {
    pub frame: Frame<'a>,
    pub person: Person<'a>,
    pub list: &'a [AuthorizedApplication<'a>],
    pub now: Timestamp,
    pub notice: Option<Notice<'a>>,
    /// Where the form of one application goes; it posts `grant` with the hidden fields.
    pub revoke_action: &'a str,
    /// Where the form for all of them goes.
    pub revoke_all_action: &'a str,
    pub sign_out_action: &'a str,
    pub hidden: &'a [HiddenField<'a>],
}

impl ApplicationsPage<'_> {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn intro(&self) -> String {
        (self.frame.words.applications_intro)(&self.frame.theme.base)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template hands over references")]
    fn when(&self, moment: &Timestamp) -> RelativeTime {
        RelativeTime::new(self.frame.words, *moment, self.now)
    }

    fn notice_text(&self) -> Option<String> {
        let words = self.frame.words;
        self.notice.map(|notice| match notice {
            Notice::Revoked(title) => (words.has_revoked)(title),
            Notice::RevokedAll(count) => (words.has_revoked_all)(count),
            Notice::WasRevoked => words.was_revoked.to_owned(),
        })
    }
}
