//! Refusals in words: what was wrong, on which object.

use std::borrow::Cow;

use crate::domain::ellipsis::ellipsis;
use crate::domain::time::Timestamp;

use crate::domain::refusal::{Check, ClientRef, FormFault, Malformed, Refusal, Throttle};

/// Foreign text in quotation marks, cut to what a person reads.
fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(text))
}

/// Text from outside, at most 200 characters of it. It is escaped when it is printed.
fn cut(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    ellipsis(text, LONGEST)
}

fn on(moment: Timestamp) -> String {
    moment.to_rfc3339()
}

/// `the scope a`, `the scopes a b`.
fn scopes(set: &crate::domain::scope::ScopeSet) -> String {
    let several = set.iter().nth(1).is_some();
    format!("the scope{} {}", if several { "s" } else { "" }, cut(&set.to_string()))
}

fn are(set: &crate::domain::scope::ScopeSet) -> &'static str {
    if set.iter().nth(1).is_some() { "are" } else { "is" }
}

impl ClientRef {
    /// `the key erp-sync (apck_live_…)`; without a name, the id alone.
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
            Self::Foreign => "it does not begin like one of apiconn",
            Self::Shape => "it is cut short, too long, or holds a character that none has",
            Self::Checksum => "it is mistyped: its checksum does not fit",
            Self::OtherKind => "it is a credential of another kind",
        }
    }
}

impl Throttle {
    const fn words(self) -> &'static str {
        match self {
            Self::Account => "too many wrong passwords for this account",
            Self::KnownBrowser => "too many wrong passwords for this account from a browser it knows",
            Self::Address => "too many wrong passwords from this address",
            Self::Client => "too many wrong secrets for this client",
            Self::ClientAddress => "too many wrong client secrets from this address",
        }
    }
}

impl Refusal {
    /// `the consumer field-app`, by its id where nobody has that id, `the client` where none was sent.
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

/// What was wrong.
#[expect(clippy::too_many_lines, reason = "a sentence for each check, and none forgotten")]
pub(crate) fn reason(refusal: &Refusal) -> String {
    let client = refusal.client_words();
    let user = refusal.user_words();
    match &refusal.check {
        Check::ClientIdMissing => "no client_id was sent".to_owned(),
        Check::ClientUnknown { sent, meant: Some(meant) } => {
            format!(
                "client_id was {}, which is the name of {}; its id is wanted",
                quoted(sent),
                meant.words()
            )
        }
        Check::ClientUnknown { sent, meant: None } => format!("no client has the id {}", quoted(sent)),
        Check::ClientUnauthenticated => format!("{client} sent neither a Basic header nor a client_secret"),
        Check::TwoMethods => format!("{client} sent its secret twice: in the Basic header and in the body"),
        Check::ClientIdsDiffer { header, body } => format!(
            "the header is of the client {} and the body of the client {}",
            quoted(header),
            quoted(body)
        ),
        Check::BasicMalformed => {
            "the Authorization header is not HTTP Basic with an id and a secret in base64".to_owned()
        }
        Check::SecretMalformed(Malformed::OtherKind) => {
            format!("{client} sent a token, a code or another client's kind of secret as its secret")
        }
        Check::SecretMalformed(form) => {
            format!("the secret that {client} sent cannot be one: {}", form.words())
        }
        Check::SecretUnknown => {
            format!("the secret that {client} sent is well-formed, but no client of this store has it")
        }
        Check::SecretOfOther(owner) => format!("the secret that {client} sent is that of {}", owner.words()),
        Check::SecretRetired { hint, at } => {
            format!("{client} sent its secret ending {hint}, which a rotation retired at {}", on(*at))
        }
        Check::SecretRevoked { hint, at } => {
            format!("{client} sent its secret ending {hint}, which was revoked at {}", on(*at))
        }
        Check::SecretPending { hint } => {
            format!("{client} sent its secret ending {hint}, which was never known to be handed over")
        }
        Check::ClientDisabled { since } => format!("{client} is disabled, since {}", on(*since)),
        Check::ClientExpired { at } => format!("{client} expired at {}", on(*at)),
        Check::ClientRevoked { at } => {
            format!("{client} was revoked at {}; what is revoked stays so, and a new one is needed", on(*at))
        }
        Check::PublicWithSecret => {
            format!("{client} is public and has no secret, but one was sent; it must send client_id alone")
        }
        Check::ConfidentialWithoutSecret => format!("{client} has a secret and sent none"),
        Check::PublicAsItself => {
            format!("{client} is public, so it cannot ask for a token of its own (client_credentials)")
        }
        Check::GrantTypeMissing => "no grant_type was sent".to_owned(),
        Check::GrantTypeUnsupported { sent } => {
            format!("the grant_type {} is none of this service", quoted(sent))
        }
        Check::GrantTypeNotAllowed { asked } => {
            format!("{client} may not use {asked}; how it obtains tokens was decided when it was added")
        }
        Check::ScopeMalformed { sent } => format!(
            "the scope {} is malformed: scopes are printable ASCII with one space between",
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
        Check::ScopeNone => format!("there is no scope to issue: none was asked for, or {client} holds none"),
        Check::ScopeBeyondGrant { missing } => format!(
            "{} {} not in what {user} has granted to {client}; the user has to be asked again",
            scopes(missing),
            are(missing)
        ),
        Check::ScopeBeyondToken { missing } => format!(
            "{} {} not in the refresh token, and a refresh can only ask for less",
            scopes(missing),
            are(missing)
        ),
        Check::IntrospectNotHeld { group: Some(group) } => format!(
            "{client} asked about a token without holding apiconn:introspect, neither by its group {group} nor by itself"
        ),
        Check::IntrospectNotHeld { group: None } => {
            format!("{client} asked about a token without holding apiconn:introspect")
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
        Check::ResponseTypeMissing => "no response_type was sent; code is the one there is".to_owned(),
        Check::ResponseTypeUnsupported { sent } => {
            format!("the response_type {} is none of this service; code is the one there is", quoted(sent))
        }
        Check::ChallengeMissing => {
            format!("{client} sent no code_challenge; PKCE is wanted from every client")
        }
        Check::ChallengeMethod { sent: Some(sent) } => {
            format!("the code_challenge_method {} is not accepted; S256 is wanted", quoted(sent))
        }
        Check::ChallengeMethod { sent: None } => {
            "no code_challenge_method was sent, which means plain; S256 is wanted".to_owned()
        }
        Check::ChallengeMalformed => {
            "the code_challenge is not the 43 characters of a SHA-256 in base64url without padding".to_owned()
        }
        Check::RequestObject { parameter } => format!("the parameter {parameter} is not supported here"),
        Check::LoginRequired => "prompt=none was sent, and nobody is signed in".to_owned(),
        Check::ConsentRequired { missing: Some(missing) } => {
            format!("prompt=none was sent, and {user} has not granted {} to {client}", scopes(missing))
        }
        Check::ConsentRequired { missing: None } => {
            format!("prompt=none was sent, and for {client} {user} is asked each time")
        }
        Check::UserDenied => format!("{user} did not allow {client} to act for them"),
        Check::CodeMissing => "no code was sent".to_owned(),
        Check::CodeMalformed(form) => format!("the code cannot be one: {}", form.words()),
        Check::CodeUnknown => "no such code is known, or it expired long ago".to_owned(),
        Check::CodeExpired { at } => {
            format!("the code expired at {}; {client} has to exchange it at once", on(*at))
        }
        Check::CodeReplayed { redeemed_at } => format!(
            "the code was exchanged before, at {}; every token issued from it was ended, since one of the two may be a thief, or the consumer sent it twice",
            on(*redeemed_at)
        ),
        Check::CodeOfOther(owner) => format!("the code was made for {}, not for {client}", owner.words()),
        Check::CodeRedirectDiffers { sent: Some(sent), expected } => format!(
            "the code was made for the redirect URI {}, and {} was sent to exchange it",
            cut(expected),
            cut(sent)
        ),
        Check::CodeRedirectDiffers { sent: None, expected } => {
            format!(
                "the code was made for the redirect URI {}, and none was sent to exchange it",
                cut(expected)
            )
        }
        Check::VerifierMissing => {
            format!("{client} sent no code_verifier, which its code_challenge calls for")
        }
        Check::VerifierMalformed => {
            "the code_verifier is not 43 to 128 letters, digits or - . _ ~".to_owned()
        }
        Check::VerifierMismatch => {
            "the code_verifier is not the one that the code_challenge was made of".to_owned()
        }
        Check::RefreshMissing => "no refresh_token was sent".to_owned(),
        Check::RefreshMalformed(form) => format!("the refresh token cannot be one: {}", form.words()),
        Check::RefreshUnknown => "no such refresh token is known, or it expired long ago".to_owned(),
        Check::RefreshExpired { at } => {
            format!("the refresh token expired unused at {}; {user} has to sign in again", on(*at))
        }
        Check::RefreshReused { rotated_at } => format!(
            "the refresh token was used before, at {}; its whole family and their access tokens were ended, since one of \
             the two is a thief or {client} keeps the old one",
            on(*rotated_at)
        ),
        Check::RefreshOfOther(owner) => {
            format!("the refresh token was issued to {}, not to {client}", owner.words())
        }
        Check::RefreshRevoked { at: Some(at) } => format!("the refresh token was ended at {}", on(*at)),
        Check::RefreshRevoked { at: None } => {
            "the refresh token was ended, or the secret it was obtained with".to_owned()
        }
        Check::GrantRevoked { grant, at } => {
            format!("the grant {grant} of {user} to {client} was revoked at {}", on(*at))
        }
        Check::UserDisabled { since } => format!("{user} is disabled, since {}", on(*since)),
        Check::Form(FormFault::Foreign) => {
            "the form that was sent back is not one of this session: its token is missing or another's"
                .to_owned()
        }
        Check::Form(FormFault::Expired) => {
            "the form was open for too long: the request or its session has ended".to_owned()
        }
        Check::Form(FormFault::Decided) => "the form was answered before".to_owned(),
        Check::WrongPassword => format!("the password was not that of {user}"),
        Check::UnknownUser => "nobody has the name that was typed at the sign-in".to_owned(),
        Check::SignInDisabled { since } => {
            format!("{user} gave the right password, but is disabled, since {}", on(*since))
        }
        Check::Request(what) => format!("the request is malformed: {what}"),
        Check::ParameterRepeated(parameter) => format!("the parameter {parameter} was sent more than once"),
        Check::Throttled { what, until } => {
            format!("{}: attempts are refused unseen until {}", what.words(), on(*until))
        }
        Check::Overloaded => "more requests waited than the service takes".to_owned(),
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
    fn the_object_and_the_fault_are_named() {
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
                "the secret that the consumer field-app sent is that of the key erp-sync (apck_test_0123456789ab)",
            ),
            (
                Check::ClientUnknown { sent: "erp-sync".to_owned(), meant: Some(other()) },
                "client_id was \"erp-sync\", which is the name of the key erp-sync (apck_test_0123456789ab); its id is wanted",
            ),
            (
                Check::CodeReplayed { redeemed_at: at },
                "the code was exchanged before, at 2026-11-23T10:00:00.000Z; every token issued from it was ended, since one of the two may be a thief, or the consumer sent it twice",
            ),
            (
                Check::RefreshReused { rotated_at: at },
                "the refresh token was used before, at 2026-11-23T10:00:00.000Z; its whole family and their access tokens were ended, since one of the two is a thief or the consumer field-app keeps the old one",
            ),
            (Check::WrongPassword, "the password was not that of the user tech1"),
            (
                Check::ConsentRequired { missing: Some("a".parse().unwrap()) },
                "prompt=none was sent, and the user tech1 has not granted the scope a to the consumer field-app",
            ),
            (
                Check::Throttled { what: Throttle::Account, until: at },
                "too many wrong passwords for this account: attempts are refused unseen until 2026-11-23T10:00:00.000Z",
            ),
        ] {
            assert_eq!(reason(&refused(check)), expected);
        }
    }

    #[test]
    fn whoever_is_unknown_is_told_by_what_is_known() {
        let anonymous = Refusal::from(Check::VerifierMissing);
        assert_eq!(
            reason(&anonymous),
            "the client sent no code_verifier, which its code_challenge calls for"
        );
        let nameless =
            Refusal::from(Check::ConfidentialWithoutSecret).of_sent_id(Some("apcc_test_7Hq2mZ0xPa4T"));
        assert_eq!(reason(&nameless), "the consumer apcc_test_7Hq2mZ0xPa4T has a secret and sent none");
    }

    #[test]
    fn what_came_from_outside_is_cut() {
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
