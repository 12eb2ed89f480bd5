//! The texts of a language, and the types of their values.

/// The problem that an error page reports to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The request has no client id, or an unknown one.
    UnknownApplication,
    /// The application is disabled, expired or revoked.
    RefusedApplication,
    /// The redirect URI is missing or not registered.
    WrongRedirectUri,
    /// The request of the application is malformed in another way.
    BadRequest,
    /// The form is too old, was sent twice, or came from another site.
    StalePage,
    NotFound,
    TooManyRequests,
    /// The user decided too often in a short time.
    TooManyChanges,
    /// The application asked for access too often in a short time.
    TooManyCodes,
    /// The service cannot answer now.
    Unavailable,
}

impl Problem {
    /// All problems, for tests.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 10] = [
        Self::UnknownApplication,
        Self::RefusedApplication,
        Self::WrongRedirectUri,
        Self::BadRequest,
        Self::StalePage,
        Self::NotFound,
        Self::TooManyRequests,
        Self::TooManyChanges,
        Self::TooManyCodes,
        Self::Unavailable,
    ];
}

/// A date and time in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UtcDateTime {
    pub year: i16,
    pub month: i8,
    pub day: i8,
    pub hour: i8,
    pub minute: i8,
}

/// A duration in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoundedDuration {
    Seconds(i64),
    Minutes(i64),
    Hours(i64),
    Days(i64),
    Months(i64),
    Years(i64),
}

/// The texts of one language. The functions insert names unchanged; the template escapes the result.
pub(crate) struct Words {
    /// The language tag (RFC 5646).
    pub tag: &'static str,
    /// The prefix of the title of a page that reports an error.
    pub error: &'static str,
    /// The label beside the name of a base with the environment `test`.
    pub test_environment: &'static str,
    pub cancel: &'static str,
    pub signed_in_as: &'static str,

    pub sign_in: &'static str,
    pub sign_in_for: fn(application: &str) -> String,
    pub sign_in_for_account: &'static str,
    pub username: &'static str,
    pub password: &'static str,
    pub wrong_password: &'static str,
    pub throttled: fn(wait: RoundedDuration) -> String,
    pub session_ended: &'static str,
    pub password_help: fn(base: &str) -> String,

    pub consent_title: &'static str,
    pub consent_heading: fn(application: &str, base: &str) -> String,
    pub client_id: &'static str,
    pub return_host: &'static str,
    pub owner: &'static str,
    pub about: &'static str,
    pub other_account: &'static str,
    pub will_be_able: &'static str,
    pub untick: &'static str,
    pub already_allowed: &'static str,
    pub no_scopes: &'static str,
    pub consent_note: fn(application: &str, host: &str) -> String,
    pub deny: &'static str,
    pub allow: &'static str,

    pub applications: &'static str,
    pub applications_intro: fn(base: &str) -> String,
    pub no_applications: &'static str,
    pub may: &'static str,
    pub authorized: &'static str,
    pub last_used: &'static str,
    pub never_used: &'static str,
    pub revoke: &'static str,
    pub revoke_all: &'static str,
    pub sign_out: &'static str,
    pub has_revoked: fn(application: &str) -> String,
    pub has_revoked_all: fn(count: usize) -> String,
    pub already_revoked: &'static str,

    pub revoke_heading: fn(application: &str) -> String,
    pub revoke_text: fn(application: &str) -> String,
    pub revoke_all_heading: &'static str,
    pub revoke_all_text: fn(count: usize) -> String,
    pub sign_out_heading: &'static str,
    pub sign_out_text: &'static str,

    pub developers: &'static str,
    pub developers_text: &'static str,
    pub metadata: &'static str,

    pub signed_out: &'static str,
    pub signed_out_text: &'static str,
    pub sign_in_again: &'static str,

    /// The title of the error page, and the advice to the user.
    pub problem: fn(Problem) -> (&'static str, &'static str),
    pub try_again_in: fn(wait: RoundedDuration) -> String,
    pub for_developers: &'static str,
    pub reason: &'static str,
    pub request: &'static str,
    pub request_help: &'static str,

    pub ago: fn(RoundedDuration) -> String,
    pub just_now: &'static str,
    pub date: fn(UtcDateTime) -> String,
}
