//! The reason of a refusal in words, with the object that it concerns.

use std::borrow::Cow;

use crate::domain::ellipsis::ellipsis;
use crate::domain::time::Timestamp;

use crate::domain::refusal::{Check, ClientRef, FormFault, Malformed, Refusal, Throttle};

/// Returns text from outside in quotation marks, shortened.
fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(text))
}

/// Shortens text from outside to 200 characters. It is escaped when it is printed.
fn cut(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    ellipsis(text, LONGEST)
}

fn on(time: Timestamp) -> String {
    time.to_rfc3339()
}

/// Returns the scopes as `the scope a` or `the scopes a b`.
fn scopes(set: &crate::domain::scope::ScopeSet) -> String {
    let several = set.iter().nth(1).is_some();
    format!("the scope{} {}", if several { "s" } else { "" }, cut(&set.to_string()))
}

fn are(set: &crate::domain::scope::ScopeSet) -> &'static str {
    if set.iter().nth(1).is_some() { "are" } else { "is" }
}

impl ClientRef {
    /// Returns `the key erp-sync (apck_live_…)`, or only the id if no client has it.
    fn words(&self) -> String {
        let noun = self.id.kind().noun();
        match &self.name {
            Some(name) => format!("the {noun} {name} ({})", self.id),
            None => format!("the {noun} {}", self.id),
        }
    }
}

impl Malformed {
    const fn words(self) -> &'static str {
        match self {
            Self::Foreign => "it does not have the prefix of an apiconn credential",
            Self::Shape => "it has the wrong length or an invalid character",
            Self::Checksum => "it is mistyped: its checksum does not fit",
            Self::OtherKind => "it is a credential of another kind",
        }
    }
}

impl Throttle {
    const fn words(self) -> &'static str {
        match self {
            Self::Account => "too many wrong passwords for this account",
            Self::KnownBrowser => {
                "too many wrong passwords for this account from a browser that signed in before"
            }
            Self::Address => "too many wrong passwords from this address",
            Self::Client => "too many wrong secrets for this client",
            Self::ClientAddress => "too many wrong client secrets from this address",
        }
    }
}

impl Refusal {
    /// Returns `the consumer field-app`, with the id instead of the name if no client has it, or `the client` if no id was sent.
    fn client_words(&self) -> String {
        match &self.client {
            Some(ClientRef { id, name: Some(name) }) => format!("the {} {name}", id.kind().noun()),
            Some(ClientRef { id, name: None }) => format!("the {} {id}", id.kind().noun()),
            None => "the client".to_owned(),
        }
    }

    fn user_words(&self) -> String {
        self.user.as_ref().map_or_else(|| "the user".to_owned(), |name| format!("the user {name}"))
    }
}

/// Returns the reason of a refusal as one clause.
#[expect(clippy::too_many_lines, reason = "one clause for each check")]
pub(crate) fn reason(refusal: &Refusal) -> String {
    let client = refusal.client_words();
    let user = refusal.user_words();
    match &refusal.check {
        Check::ClientIdMissing => "no client_id was sent".to_owned(),
        Check::ClientUnknown { sent, meant: Some(meant) } => {
            format!(
                "client_id was {}, which is the name of {}; the id is required",
                quoted(sent),
                meant.words()
            )
        }
        Check::ClientUnknown { sent, meant: None } => format!("no client has the id {}", quoted(sent)),
        Check::ClientUnauthenticated => format!("{client} sent neither a Basic header nor a client_secret"),
        Check::TwoMethods => format!("{client} sent its secret twice: in the Basic header and in the body"),
        Check::ClientIdsDiffer { header, body } => format!(
            "the header names the client {} and the body names the client {}",
            quoted(header),
            quoted(body)
        ),
        Check::BasicMalformed => {
            "the Authorization header is not HTTP Basic with an id and a secret in base64".to_owned()
        }
        Check::SecretMalformed(Malformed::OtherKind) => {
            format!("{client} sent a token, a code or a secret of the other kind of client as its secret")
        }
        Check::SecretMalformed(form) => {
            format!("the secret that {client} sent is malformed: {}", form.words())
        }
        Check::SecretUnknown => {
            format!("the secret that {client} sent is well-formed, but no client in this store has it")
        }
        Check::SecretOfOther(owner) => format!("the secret that {client} sent belongs to {}", owner.words()),
        Check::SecretRetired { hint, at } => {
            format!("{client} sent its secret ending {hint}, which a rotation retired at {}", on(*at))
        }
        Check::SecretRevoked { hint, at } => {
            format!("{client} sent its secret ending {hint}, which was revoked at {}", on(*at))
        }
        Check::SecretPending { hint } => {
            format!("{client} sent its secret ending {hint}, which was never confirmed as delivered")
        }
        Check::ClientDisabled { since } => format!("{client} is disabled, since {}", on(*since)),
        Check::ClientExpired { at } => format!("{client} expired at {}", on(*at)),
        Check::ClientRevoked { at } => {
            format!("{client} was revoked at {}; this is final, so a new one is needed", on(*at))
        }
        Check::PublicWithSecret => {
            format!("{client} is public and has no secret, but one was sent; it must send only client_id")
        }
        Check::ConfidentialWithoutSecret => format!("{client} has a secret and sent none"),
        Check::PublicAsItself => {
            format!("{client} is public, so it cannot request a token of its own (client_credentials)")
        }
        Check::GrantTypeMissing => "no grant_type was sent".to_owned(),
        Check::GrantTypeUnsupported { sent } => {
            format!("the grant_type {} is not supported", quoted(sent))
        }
        Check::GrantTypeNotAllowed { asked } => {
            format!("{client} may not use {asked}; its grant types were set when it was created")
        }
        Check::ScopeMalformed { sent } => format!(
            "the scope {} is malformed: scopes are printable ASCII, separated by one space",
            quoted(sent)
        ),
        Check::ScopeUnknown { scope, near: Some(near) } => {
            format!("the scope {scope} is not declared; {near} is")
        }
        Check::ScopeUnknown { scope, near: None } => format!("the scope {scope} is not declared"),
        Check::ScopeNotHeld { missing, group: Some(group) } => format!(
            "{} {} not in the group {group} of {client}, nor among its own scopes",
            scopes(missing),
            are(missing)
        ),
        Check::ScopeNotHeld { missing, group: None } => {
            format!(
                "{} {} not among the scopes of {client}, which has no group",
                scopes(missing),
                are(missing)
            )
        }
        Check::ScopeNone => format!("there is no scope to issue: none was requested, or {client} has none"),
        Check::ScopeBeyondGrant { missing } => format!(
            "{} {} not among those that {user} granted to {client}; the user must consent again",
            scopes(missing),
            are(missing)
        ),
        Check::ScopeBeyondToken { missing } => format!(
            "{} {} not in the refresh token, and a refresh cannot add scopes",
            scopes(missing),
            are(missing)
        ),
        Check::IntrospectNotHeld { group: Some(group) } => format!(
            "{client} asked about a token without the scope apiconn:introspect, which neither its group {group} nor its own scopes include"
        ),
        Check::IntrospectNotHeld { group: None } => {
            format!("{client} asked about a token without the scope apiconn:introspect")
        }
        Check::RedirectMissing => "no redirect_uri was sent".to_owned(),
        Check::RedirectRepeated => "redirect_uri was sent more than once".to_owned(),
        Check::RedirectMismatch { sent, nearest: Some((nearest, difference)) } => format!(
            "the redirect URI sent, {}, differs from the registered {} {difference}",
            cut(sent),
            cut(nearest.as_str())
        ),
        Check::RedirectMismatch { sent, nearest: None } => {
            format!("the redirect URI {} was sent, and {client} has none registered", cut(sent))
        }
        Check::ResponseTypeMissing => "no response_type was sent; the only one is code".to_owned(),
        Check::ResponseTypeUnsupported { sent } => {
            format!("the response_type {} is not supported; the only one is code", quoted(sent))
        }
        Check::ChallengeMissing => {
            format!("{client} sent no code_challenge; PKCE is required of every client")
        }
        Check::ChallengeMethod { sent: Some(sent) } => {
            format!("the code_challenge_method {} is not supported; S256 is required", quoted(sent))
        }
        Check::ChallengeMethod { sent: None } => {
            "no code_challenge_method was sent, which means plain; S256 is required".to_owned()
        }
        Check::ChallengeMalformed => {
            "the code_challenge is not the 43 characters of a SHA-256 in base64url without padding".to_owned()
        }
        Check::RequestObject { parameter } => format!("the parameter {parameter} is not supported"),
        Check::LoginRequired => "prompt=none was sent, and no user is signed in".to_owned(),
        Check::ConsentRequired { missing: Some(missing) } => {
            format!("prompt=none was sent, and {user} has not granted {} to {client}", scopes(missing))
        }
        Check::ConsentRequired { missing: None } => {
            format!("prompt=none was sent, and {client} requires the consent of {user} each time")
        }
        Check::UserDenied => format!("{user} did not allow {client} to act for them"),
        Check::CodeMissing => "no code was sent".to_owned(),
        Check::CodeMalformed(form) => format!("the code is malformed: {}", form.words()),
        Check::CodeUnknown => "the code is unknown, or it expired long ago".to_owned(),
        Check::CodeExpired { at } => {
            format!("the code expired at {}; {client} must exchange it at once", on(*at))
        }
        Check::CodeReplayed { redeemed_at } => format!(
            "the code was exchanged before, at {}; every token issued from it was revoked, because the code may be stolen, or the consumer sent it twice",
            on(*redeemed_at)
        ),
        Check::CodeOfOther(owner) => format!("the code was made for {}, not for {client}", owner.words()),
        Check::CodeRedirectDiffers { sent: Some(sent), expected } => format!(
            "the code was made for the redirect URI {}, but {} was sent in the exchange",
            cut(expected),
            cut(sent)
        ),
        Check::CodeRedirectDiffers { sent: None, expected } => {
            format!(
                "the code was made for the redirect URI {}, but none was sent in the exchange",
                cut(expected)
            )
        }
        Check::VerifierMissing => {
            format!("{client} sent no code_verifier, which its code_challenge requires")
        }
        Check::VerifierMalformed => {
            "the code_verifier is not 43 to 128 letters, digits or - . _ ~".to_owned()
        }
        Check::VerifierMismatch => "the code_verifier does not match the code_challenge".to_owned(),
        Check::RefreshMissing => "no refresh_token was sent".to_owned(),
        Check::RefreshMalformed(form) => format!("the refresh token is malformed: {}", form.words()),
        Check::RefreshUnknown => "the refresh token is unknown, or it expired long ago".to_owned(),
        Check::RefreshExpired { at } => {
            format!("the refresh token expired unused at {}; {user} must sign in again", on(*at))
        }
        Check::RefreshReused { rotated_at } => format!(
            "the refresh token was used before, at {}; its family and their access tokens were revoked, because it \
             may be stolen, or {client} did not store the new one",
            on(*rotated_at)
        ),
        Check::RefreshOfOther(owner) => {
            format!("the refresh token was issued to {}, not to {client}", owner.words())
        }
        Check::RefreshRevoked { at: Some(at) } => format!("the refresh token was revoked at {}", on(*at)),
        Check::RefreshRevoked { at: None } => {
            "the refresh token was revoked, or the secret with which it was obtained".to_owned()
        }
        Check::GrantRevoked { grant, at } => {
            format!("the grant {grant} of {user} to {client} was revoked at {}", on(*at))
        }
        Check::UserDisabled { since } => format!("{user} is disabled, since {}", on(*since)),
        Check::Form(FormFault::Foreign) => {
            "the form does not belong to this session: its token is missing or wrong".to_owned()
        }
        Check::Form(FormFault::Expired) => {
            "the form was open for too long: the request or its session has ended".to_owned()
        }
        Check::Form(FormFault::Decided) => "the form was answered before".to_owned(),
        Check::WrongPassword => format!("the password of {user} was wrong"),
        Check::UnknownUser => "no user has the username that was typed at the sign-in".to_owned(),
        Check::SignInDisabled { since } => {
            format!("{user} gave the right password, but is disabled, since {}", on(*since))
        }
        Check::Request(what) => format!("the request is malformed: {what}"),
        Check::ParameterRepeated(parameter) => format!("the parameter {parameter} was sent more than once"),
        Check::Throttled { what, until } => {
            format!("{}: attempts are refused without a check until {}", what.words(), on(*until))
        }
        Check::Overloaded => "too many requests were waiting".to_owned(),
        Check::StoreUnavailable => "the store could not be used".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::compare_redirect;

    /// A refusal of the consumer field-app for the user tech1.
    fn refused(check: Check) -> Refusal {
        Refusal {
            client: Some(ClientRef {
                id: "apcc_test_7Hq2mZ0xPa4T".parse().unwrap(),
                name: "field-app".parse().ok(),
            }),
            user: "tech1".parse().ok(),
            ..check.into()
        }
    }

    #[test]
    fn the_reason_names_the_object_and_the_cause() {
        let at = Timestamp::from_millis(1_795_428_000_000);
        let scope = |text: &str| text.parse().unwrap();
        let other =
            || ClientRef { id: "apck_test_0123456789ab".parse().unwrap(), name: "erp-sync".parse().ok() };
        let sent = "https://app.example/cb/".to_owned();
        let nearest = compare_redirect(&sent, &["https://app.example/cb".parse().unwrap()]);
        for (check, expected) in [
            (
                Check::RedirectMismatch { sent, nearest },
                "the redirect URI sent, https://app.example/cb/, differs from the registered https://app.example/cb by a trailing slash",
            ),
            (
                Check::SecretRetired { hint: "Qr4t".to_owned(), at },
                "the consumer field-app sent its secret ending Qr4t, which a rotation retired at 2026-11-23T10:00:00.000Z",
            ),
            (
                Check::ScopeNotHeld {
                    missing: "work_orders.write".parse().unwrap(),
                    group: Some("readers".parse().unwrap()),
                },
                "the scope work_orders.write is not in the group readers of the consumer field-app, nor among its own scopes",
            ),
            (
                Check::ScopeNotHeld { missing: "a b".parse().unwrap(), group: None },
                "the scopes a b are not among the scopes of the consumer field-app, which has no group",
            ),
            (
                Check::ScopeUnknown { scope: scope("asset.read"), near: Some(scope("assets.read")) },
                "the scope asset.read is not declared; assets.read is",
            ),
            (
                Check::SecretOfOther(other()),
                "the secret that the consumer field-app sent belongs to the key erp-sync (apck_test_0123456789ab)",
            ),
            (
                Check::ClientUnknown { sent: "erp-sync".to_owned(), meant: Some(other()) },
                "client_id was \"erp-sync\", which is the name of the key erp-sync (apck_test_0123456789ab); the id is required",
            ),
            (
                Check::CodeReplayed { redeemed_at: at },
                "the code was exchanged before, at 2026-11-23T10:00:00.000Z; every token issued from it was revoked, because the code may be stolen, or the consumer sent it twice",
            ),
            (
                Check::RefreshReused { rotated_at: at },
                "the refresh token was used before, at 2026-11-23T10:00:00.000Z; its family and their access tokens were revoked, because it may be stolen, or the consumer field-app did not store the new one",
            ),
            (Check::WrongPassword, "the password of the user tech1 was wrong"),
            (
                Check::ConsentRequired { missing: Some("a".parse().unwrap()) },
                "prompt=none was sent, and the user tech1 has not granted the scope a to the consumer field-app",
            ),
            (
                Check::Throttled { what: Throttle::Account, until: at },
                "too many wrong passwords for this account: attempts are refused without a check until 2026-11-23T10:00:00.000Z",
            ),
        ] {
            assert_eq!(reason(&refused(check)), expected);
        }
    }

    #[test]
    fn an_unknown_client_is_named_by_its_id_or_not_at_all() {
        let anonymous = Refusal::from(Check::VerifierMissing);
        assert_eq!(reason(&anonymous), "the client sent no code_verifier, which its code_challenge requires");
        let nameless =
            Refusal::from(Check::ConfidentialWithoutSecret).of_sent_id(Some("apcc_test_7Hq2mZ0xPa4T"));
        assert_eq!(reason(&nameless), "the consumer apcc_test_7Hq2mZ0xPa4T has a secret and sent none");
    }

    #[test]
    fn text_from_outside_is_shortened() {
        let sent = "é".repeat(100_000);
        for check in [
            Check::ClientUnknown { sent: sent.clone(), meant: None },
            Check::ClientIdsDiffer { header: sent.clone(), body: sent.clone() },
            Check::redirect_mismatch(&sent, &["https://app.example/cb".parse().unwrap()]),
            Check::CodeRedirectDiffers { sent: Some(sent.clone()), expected: sent },
        ] {
            let why = reason(&refused(check));
            assert!(why.chars().count() < 600, "{why}");
        }
    }
}
