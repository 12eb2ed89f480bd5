//! Names of objects and values in the sentences of an explanation.

use std::borrow::Cow;

use crate::domain::ellipsis::ellipsis;
use crate::domain::refusal::{ClientRef, CredentialFault, KnownClient, Refusal};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::throttle::SubjectKind;
use crate::domain::time::Timestamp;

/// The maximum length of a text from a request in an explanation, in characters.
const LONGEST: usize = 200;

/// Returns text from a request, shortened and in quotation marks.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

/// Returns text from a request, shortened. It is escaped when it is printed.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    ellipsis(text, LONGEST)
}

/// Returns a time in the form of RFC 3339.
pub(crate) fn time(time: Timestamp) -> String {
    time.to_rfc3339()
}

/// Returns `the scope a` or `the scopes a b`, shortened.
pub(crate) fn scopes(set: &ScopeSet) -> String {
    let plural = if is_plural(set) { "s" } else { "" };
    format!("the scope{plural} {}", shortened(&set.to_string()))
}

/// Returns the verb for [`scopes`].
pub(crate) fn are(set: &ScopeSet) -> &'static str {
    if is_plural(set) { "are" } else { "is" }
}

/// Returns a clause about the separator of scopes if one of these scopes contains a character that was probably meant as a
/// separator.
pub(crate) fn separator<'a>(scopes: impl IntoIterator<Item = &'a Scope>) -> String {
    const SEPARATORS: [(&str, &str); 5] = [
        (",", "a comma"),
        (";", "a semicolon"),
        ("|", "a vertical bar"),
        ("+", "a plus sign"),
        ("%20", "%20"),
    ];
    let found = scopes
        .into_iter()
        .find_map(|scope| SEPARATORS.iter().find(|(separator, _)| scope.as_str().contains(separator)));
    found.map_or_else(String::new, |(_, name)| {
        format!("; scopes are separated by a space (RFC 6749 section 3.3), not by {name}")
    })
}

fn is_plural(set: &ScopeSet) -> bool {
    set.iter().nth(1).is_some()
}

/// Returns `the key erp-sync (apck_live_…)`, or `the client apck_live_…` if no client has the id.
pub(crate) fn client_with_id(client: &ClientRef) -> String {
    let id = shortened(client.id.as_str());
    match &client.known {
        Some(KnownClient { kind, name }) => format!("the {} {name} ({id})", kind.noun()),
        None => format!("the client {id}"),
    }
}

/// Returns `the consumer field-app`, `the client apcc_live_…` if no client has the id, or `the client` if no id was sent.
pub(crate) fn client_of(refusal: &Refusal) -> String {
    match &refusal.client {
        Some(ClientRef { known: Some(KnownClient { kind, name }), .. }) => {
            format!("the {} {name}", kind.noun())
        }
        Some(ClientRef { id, known: None }) => format!("the client {}", shortened(id.as_str())),
        None => "the client".to_owned(),
    }
}

/// Returns `the user tech1`, or `the user` if the name is unknown.
pub(crate) fn user_of(refusal: &Refusal) -> String {
    refusal.user.as_ref().map_or_else(|| "the user".to_owned(), |name| format!("the user {name}"))
}

/// Returns the difference between a text and a credential as a clause about the text.
pub(crate) const fn malformed(form: CredentialFault) -> &'static str {
    match form {
        CredentialFault::Foreign => "it does not begin with the prefix of a credential of apiconn",
        CredentialFault::Shape => "it is too short, too long, or contains an invalid character",
        CredentialFault::Checksum => "it contains a typing error: the checksum does not match",
        CredentialFault::OtherKind => "it is a credential of another kind",
    }
}

/// Returns the cause of a throttle.
pub(crate) const fn throttle(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Password => "too many wrong passwords for this account",
        SubjectKind::KnownBrowser => "too many wrong passwords for this account from a known browser",
        SubjectKind::PasswordFrom | SubjectKind::PasswordFromSite => {
            "too many wrong passwords from this address"
        }
        SubjectKind::ClientSecret => "too many wrong secrets for this client",
        SubjectKind::ClientSecretFrom | SubjectKind::ClientSecretFromSite => {
            "too many wrong client secrets from this address"
        }
    }
}
