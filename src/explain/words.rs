//! Names of objects and values in the sentences of an explanation.

use std::borrow::Cow;

use crate::domain::ellipsis::ellipsis;
use crate::domain::refusal::{ClientRef, CredentialFault, Refusal};
use crate::domain::scope::ScopeSet;
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

fn is_plural(set: &ScopeSet) -> bool {
    set.iter().nth(1).is_some()
}

/// Returns `the key erp-sync (apck_live_…)`, without the name if it is unknown.
pub(crate) fn client_with_id(client: &ClientRef) -> String {
    let noun = client.id.kind().noun();
    match &client.name {
        Some(name) => format!("the {noun} {name} ({})", client.id),
        None => format!("the {noun} {}", client.id),
    }
}

/// Returns `the consumer field-app`, with the id if no client has the id, or `the client` if no id was sent.
pub(crate) fn client_of(refusal: &Refusal) -> String {
    match &refusal.client {
        Some(ClientRef { id, name: Some(name) }) => format!("the {} {name}", id.kind().noun()),
        Some(ClientRef { id, name: None }) => format!("the {} {id}", id.kind().noun()),
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
