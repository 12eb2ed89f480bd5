//! The words of a language, and the values that they are given.

/// What went wrong, as far as whoever sits at the browser can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The request names no application, or none that is known here.
    UnknownApplication,
    /// The application is switched off, expired or revoked.
    RefusedApplication,
    /// The application named a return address that is not registered.
    WrongReturnAddress,
    /// The application's request is malformed in another way.
    BadRequest,
    /// A form that is too old, was sent twice, or came from another site.
    StalePage,
    /// Nothing is found at this address.
    NotFound,
    /// Too much was asked for in a short time.
    TooMany,
    /// The service cannot answer for now.
    Unavailable,
}

impl Trouble {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::UnknownApplication,
        Self::RefusedApplication,
        Self::WrongReturnAddress,
        Self::BadRequest,
        Self::StalePage,
        Self::NotFound,
        Self::TooMany,
        Self::Unavailable,
    ];
}

/// A moment in UTC, taken apart to be written in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub year: i16,
    pub month: i8,
    pub day: i8,
    pub hour: i8,
    pub minute: i8,
}

/// A length of time in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    Seconds(i64),
    Minutes(i64),
    Hours(i64),
    Days(i64),
    Months(i64),
    Years(i64),
}

/// The words of one language. Names given to the functions appear as they are.
pub(crate) struct Words {
    /// The language's tag (RFC 5646).
    pub tag: &'static str,
    /// In front of the title of a page that reports a mistake.
    pub error: &'static str,
    /// Beside the base's name where nothing is real.
    pub test_environment: &'static str,
    pub cancel: &'static str,
    pub signed_in_as: &'static str,

    pub sign_in: &'static str,
    /// Which application the sign-in is for.
    pub sign_in_for: fn(application: &str) -> String,
    pub sign_in_for_account: &'static str,
    pub username: &'static str,
    pub password: &'static str,
    pub wrong_password: &'static str,
    pub throttled: fn(wait: Amount) -> String,
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
    pub was_revoked: &'static str,

    pub revoke_heading: fn(application: &str) -> String,
    pub revoke_text: fn(application: &str) -> String,
    pub revoke_all_heading: &'static str,
    pub revoke_all_text: fn(count: usize) -> String,
    pub sign_out_heading: &'static str,
    pub sign_out_text: &'static str,

    pub signed_out: &'static str,
    pub signed_out_text: &'static str,
    pub sign_in_again: &'static str,

    /// A title, and what to do.
    pub trouble: fn(Trouble) -> (&'static str, &'static str),
    pub for_developers: &'static str,
    pub reason: &'static str,
    pub request: &'static str,
    pub request_help: &'static str,

    pub ago: fn(Amount) -> String,
    pub just_now: &'static str,
    pub date: fn(Moment) -> String,
}
