//! The texts of the pages in English.

use crate::service::pages::texts::words::{Problem, RoundedDuration, UtcDateTime, Words};

/// The texts of the pages in English.
pub(crate) const WORDS: Words = Words {
    tag: "en",
    error: "Error: ",
    test_environment: "Test environment",
    cancel: "Cancel",
    signed_in_as: "Signed in as",

    sign_in: "Sign in",
    sign_in_for: |application| format!("to continue to {application}"),
    sign_in_for_account: "to see the applications that may act for you",
    username: "Username",
    password: "Password",
    wrong_password: "This username and password do not match. Check both and try again.",
    throttled: |wait| format!("There were too many attempts. Try again in {}.", in_words(wait)),
    session_ended: "Your session has ended. Sign in again to continue.",
    password_help: |base| format!("Forgotten your password? Ask the administrator of {base}."),

    consent_title: "Allow access?",
    consent_heading: |application, base| format!("{application} asks for access to your {base} account"),
    client_id: "Client ID",
    return_host: "Takes you back to",
    owner: "Responsible",
    about: "Description",
    other_account: "Use another account",
    will_be_able: "It will be able to do this for you:",
    untick: "Untick what you do not want to allow.",
    already_allowed: "Already allowed",
    no_scopes: "It asks for no permission beyond knowing who you are.",
    consent_note: |application, host| {
        format!(
            "If you allow this, {application} can use these permissions until you revoke them under “Your applications”. If you deny it, it gets no access. Either way you go back to {host}."
        )
    },
    deny: "Deny",
    allow: "Allow",

    applications: "Your applications",
    applications_intro: |base| {
        format!(
            "These applications may act for you at {base}. An application that you revoke loses its access at once."
        )
    },
    no_applications: "No application may act for you. When you allow one, you will find it here.",
    may: "Permissions",
    authorized: "Allowed",
    last_used: "Last used",
    never_used: "Not yet",
    revoke: "Revoke",
    revoke_all: "Revoke all",
    sign_out: "Sign out",
    has_revoked: |application| format!("{application} no longer has access."),
    has_revoked_all: |count| match count {
        1 => "The application no longer has access.".to_owned(),
        count => format!("All {count} applications have lost their access."),
    },
    already_revoked: "That application has no access. Nothing was changed.",

    revoke_heading: |application| format!("Revoke the access of {application}?"),
    revoke_text: |application| {
        format!("{application} loses its access at once. To use it again, you will have to allow it again.")
    },
    revoke_all_heading: "Revoke the access of all applications?",
    revoke_all_text: |count| match count {
        1 => "One application loses its access at once. To use it again, you will have to allow it again."
            .to_owned(),
        count => format!(
            "{count} applications lose their access at once. To use one again, you will have to allow it again."
        ),
    },
    sign_out_heading: "Sign out?",
    sign_out_text: "Applications that you have allowed keep their access.",

    developers: "For developers",
    developers_text: "Applications obtain tokens by OAuth 2.0: by client credentials, or by an authorization code with PKCE. The metadata has the addresses of the endpoints and the scopes. OpenID Connect is not offered, and no id_token is issued.",
    metadata: "Metadata",

    signed_out: "You are signed out",
    signed_out_text: "On a shared computer, close the browser as well.",
    sign_in_again: "Sign in again",

    problem: |problem| match problem {
        Problem::UnknownApplication => (
            "We do not know this application",
            "Go back to the application and start again. If that does not help, report it to the developers of the application.",
        ),
        Problem::RefusedApplication => (
            "This application may not be used now",
            "There is nothing you can do here. Ask the developers of the application, or your administrator.",
        ),
        Problem::WrongRedirectUri => (
            "We cannot take you back to this application",
            "For your safety we have stopped here: the address that the application named for your return is not registered. Report this to the developers of the application.",
        ),
        Problem::BadRequest => (
            "The application’s request is not valid",
            "Go back to the application and start again. If that does not help, report it to the developers of the application.",
        ),
        Problem::StalePage => (
            "This page is out of date",
            "It was open for too long, or was already sent. Nothing was changed. Go back to where you came from and start again.",
        ),
        Problem::NotFound => {
            ("There is no such page", "Check the address. If you followed a link, it may be out of date.")
        }
        Problem::TooManyRequests => ("Too many requests", "Wait a minute, then try again."),
        Problem::TooManyChanges => (
            "Too many decisions",
            "You have allowed, denied or revoked the access of applications too often in a short time. Nothing was changed. You can still revoke access under “Your applications”.",
        ),
        Problem::TooManyCodes => (
            "Too many requests of the application",
            "The application has asked for your access too often in a short time. Its access is unchanged.",
        ),
        Problem::Unavailable => ("We cannot answer right now", "Nothing was changed. Try again in a moment."),
    },
    try_again_in: |wait| format!("Try again in {}.", in_words(wait)),
    for_developers: "For developers",
    reason: "Reason",
    request: "Request",
    request_help: "If you ask for help, give this code to the administrator.",

    ago: |duration| format!("{} ago", in_words(duration)),
    just_now: "just now",
    date: |date| {
        let UtcDateTime { year, month, day, hour, minute } = date;
        let month = crate::service::pages::relative_time::month_name(&MONTHS, month);
        format!("{day} {month} {year}, {hour:02}:{minute:02} UTC")
    },
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn in_words(duration: RoundedDuration) -> String {
    let (number, one, many) = match duration {
        RoundedDuration::Seconds(number) => (number, "second", "seconds"),
        RoundedDuration::Minutes(number) => (number, "minute", "minutes"),
        RoundedDuration::Hours(number) => (number, "hour", "hours"),
        RoundedDuration::Days(number) => (number, "day", "days"),
        RoundedDuration::Months(number) => (number, "month", "months"),
        RoundedDuration::Years(number) => (number, "year", "years"),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}
