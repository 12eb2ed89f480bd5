//! The command that fixes a refusal. An administrator may run it unchanged, and parts of it come from the request. It is
//! therefore quoted for a shell, and a command that gives a client more access is suggested only if the request proved to
//! come from this client.

use crate::domain::id::ClientKind;
use crate::domain::introspection::may_have;
use crate::domain::name::Name;
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::{INTROSPECT, ScopeSet};
use crate::shell::{flag, word};

use crate::domain::refusal::{Check, Difference, KnownClient, Refusal};

/// The command that fixes a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fix {
    /// The command gives the caller no access.
    Harmless(String),
    /// The command removes a safeguard of the client. The caller needs the secret of the client all the same, but may be
    /// another program, which the explanation says.
    Weakens(String),
    /// The command gives access, so it is suggested only to an authenticated client. Otherwise `look` is, if there is one.
    GivesAccess { change: String, look: Option<String> },
}

impl Refusal {
    /// Returns `apiconn key VERB erp-sync REST`, or `None` if the client is unknown.
    fn client_command(&self, verb: &str, rest: &str) -> Option<String> {
        let KnownClient { kind, name } = self.client.as_ref()?.known.as_ref()?;
        let command = format!("apiconn {} {verb} {name} {rest}", kind.noun());
        Some(command.trim_end().to_owned())
    }

    fn user_command(&self, verb: &str) -> Option<String> {
        self.user.as_ref().map(|name: &Name| format!("apiconn user {verb} {name}"))
    }

    /// Returns a command that changes the client so that it has more access.
    fn change_client(&self, verb: &str, rest: &str) -> Option<Fix> {
        let change = self.client_command(verb, rest)?;
        Some(Fix::GivesAccess { change, look: self.client_command("show", "") })
    }

    /// Returns the command that gives scopes to the client, or shows the client if it may not have them.
    fn add_scopes(&self, scopes: &ScopeSet) -> Option<Fix> {
        let kind = self.client.as_ref()?.known.as_ref()?.kind;
        let exist = scopes.iter().all(|scope| scope.is_built_in() || !scope.is_reserved());
        if !exist || !may_have(kind, scopes) {
            return self.client_command("show", "").map(Fix::Harmless);
        }
        let flags: Vec<String> = scopes.iter().map(|scope| flag("--add-scope", scope.as_str())).collect();
        self.change_client("edit", &flags.join(" "))
    }

    /// Returns the command that registers a redirect URI, if codes that are sent there reach the owner of a registered one.
    /// Otherwise the command shows the registered URIs, because every caller can send any URI.
    fn add_redirect(&self, sent: &str, difference: &Difference) -> Option<String> {
        match sent.parse::<RedirectUri>() {
            Ok(uri) if difference.keeps_owner(&uri) => {
                self.client_command("edit", &flag("--add-redirect-uri", uri.as_str()))
            }
            _ => self.client_command("show", ""),
        }
    }
}

/// Returns the command that fixes a refusal, or `None` if there is none.
pub(crate) fn fix(refusal: &Refusal) -> Option<Fix> {
    let command = match &refusal.check {
        // The administrator looks at the secrets first, because a rotation could end one that is in use.
        Check::SecretUnknown | Check::SecretRetired { .. } | Check::SecretRevoked { .. } => {
            refusal.client_command("show", "")
        }
        Check::SecretPending { .. } => refusal.client_command("rotate", ""),
        Check::ClientDisabled { .. } => return refusal.change_client("enable", ""),
        Check::ClientExpired { .. } => return refusal.change_client("edit", "--expires 90d"),
        // A client that sends a wildcard means several scopes, not one of this name.
        Check::ScopeUnknown { scope, near: None }
            if !scope.is_reserved() && !scope.as_str().contains('*') =>
        {
            // A leading hyphen would be parsed as a flag.
            let dashes = if scope.as_str().starts_with('-') { "-- " } else { "" };
            let scope = word(scope.as_str());
            return Some(Fix::GivesAccess {
                change: format!("apiconn scope add {dashes}{scope} 'description for the consent page'"),
                look: Some("apiconn scope list".to_owned()),
            });
        }
        Check::ScopeNotHeld { missing, .. } => return refusal.add_scopes(missing),
        // Introspection is for resource servers, which use a key. A user could not grant the scope to a consumer.
        Check::IntrospectNotHeld { .. } => {
            match refusal.client.as_ref().and_then(|client| client.known.as_ref()).map(|known| known.kind) {
                Some(ClientKind::Key) => refusal.client_command("edit", &flag("--add-scope", INTROSPECT)),
                Some(ClientKind::Consumer) => {
                    Some(format!("apiconn key create introspection --scope {INTROSPECT}"))
                }
                None => None,
            }
        }
        Check::RedirectMismatch { sent, nearest: Some((_, difference)) } => {
            refusal.add_redirect(sent, difference)
        }
        Check::ChallengeMissing { confidential: true } => {
            return refusal.client_command("edit", "--pkce optional").map(Fix::Weakens);
        }
        Check::UserDisabled { .. } => {
            let change = refusal.user_command("enable")?;
            return Some(Fix::GivesAccess { change, look: refusal.user_command("show") });
        }
        // The administrator looks first: the user may be disabled because others know the password.
        Check::SignInDisabled { .. } => refusal.user_command("show"),
        Check::WrongPassword => refusal.user_command("set-password"),
        Check::StoreUnavailable => Some("apiconn store info".to_owned()),
        _ => None,
    };
    command.map(Fix::Harmless)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::ClientRef;
    use crate::explain::explain;

    fn refusal(check: Check) -> Refusal {
        Refusal {
            client: Some(ClientRef {
                id: "apcc_test_7Hq2mZ0xPa4T".parse().unwrap(),
                known: Some(KnownClient { kind: ClientKind::Consumer, name: "field-app".parse().unwrap() }),
            }),
            user: "tech1".parse().ok(),
            ..check.into()
        }
    }

    /// Returns the command for an authenticated client.
    fn command(check: Check) -> Option<String> {
        explain(&Refusal { client_authenticated: true, ..refusal(check) }).suggested_command
    }

    fn redirect(sent: &str) -> String {
        command(Check::redirect_mismatch(sent, &["https://app.example/cb".parse().unwrap()])).unwrap()
    }

    #[test]
    fn a_slight_variant_of_a_registered_redirect_uri_can_be_added() {
        for (registered, sent) in [
            ("https://app.example/cb", "https://app.example/cb/"),
            ("https://app.example/cb/", "https://app.example/cb"),
            ("https://app.example/cb", "https://app.example/CB"),
            ("https://app.example/cb?a=b", "https://app.example/cb?a=B"),
            ("http://127.0.0.1:7000/cb", "http://127.0.0.1:7001/cb/"),
            ("http://[::1]:7000/cb", "http://[::1]/cb"),
            ("com.example.app:/cb", "com.example.app:/cb/"),
        ] {
            let check = Check::redirect_mismatch(sent, &[registered.parse().unwrap()]);
            let line = explain(&refusal(check)).suggested_command.unwrap();
            assert_eq!(line, format!("apiconn consumer edit field-app --add-redirect-uri {}", word(sent)));
        }
        let sent = "https://app.example/CB?a=1&b=$(reboot)";
        let check =
            Check::redirect_mismatch(sent, &["https://app.example/cb?a=1&b=$(reboot)".parse().unwrap()]);
        assert_eq!(
            command(check).unwrap(),
            "apiconn consumer edit field-app --add-redirect-uri 'https://app.example/CB?a=1&b=$(reboot)'"
        );
    }

    #[test]
    fn a_redirect_uri_that_others_may_own_is_not_suggested() {
        for sent in [
            "https://evil.example/cb",
            "https://app.example/out?to=https://evil.example/take",
            "https://app.example/cb?a=1",
            "https://app.example/cb/../open",
            "https://app.example/%63b",
            "https://app.example:8443/cb",
            "https://app.example:443/cb/",
            "http://127.0.0.1/cb",
            "http://app.example/cb",
            "https://app.example@evil.example/cb",
            "https://app.example/cb#x",
            "https://app.example/cb\u{1b}[2J",
            "x; reboot",
        ] {
            assert_eq!(redirect(sent), "apiconn consumer show field-app", "{sent}");
        }
        // No application listens on these ports.
        for sent in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:00000/cb",
            "http://127.0.0.1:0/cb/",
        ] {
            let check = Check::redirect_mismatch(sent, &["http://127.0.0.1:7000/cb".parse().unwrap()]);
            assert_eq!(command(check).unwrap(), "apiconn consumer show field-app", "{sent}");
        }
    }

    #[test]
    fn a_scope_is_quoted_for_flags_and_the_shell() {
        let lacks = |text: &str| {
            command(Check::ScopeNotHeld { missing: text.parse().unwrap(), group: None }).unwrap()
        };
        assert_eq!(
            lacks("a.read b.read"),
            "apiconn consumer edit field-app --add-scope a.read --add-scope b.read"
        );
        assert_eq!(lacks("--yes"), "apiconn consumer edit field-app --add-scope=--yes");
        assert_eq!(lacks("a;b'c"), "apiconn consumer edit field-app --add-scope 'a;b'\\''c'");
        // A consumer cannot have these.
        for text in ["apiconn:introspect", "a.read apiconn:introspect", "apiconn:other"] {
            assert_eq!(lacks(text), "apiconn consumer show field-app", "{text}");
        }
        let unknown = |text: &str| command(Check::ScopeUnknown { scope: text.parse().unwrap(), near: None });
        assert_eq!(unknown("-x").unwrap(), "apiconn scope add -- -x 'description for the consent page'");
        for scope in ["apiconn:other", "*", "assets.*", "**"] {
            assert_eq!(unknown(scope), None, "{scope}");
        }
    }

    #[test]
    fn some_checks_have_no_suggested_command() {
        let at = crate::domain::time::Timestamp::from_millis(0);
        for check in
            [Check::TwoMethods, Check::ClientRevoked { at }, Check::RefreshReused { rotated_at: Some(at) }]
        {
            assert_eq!(command(check), None);
        }
        assert_eq!(
            command(Check::SecretRetired { hint: "Qr4t".to_owned(), at }).unwrap(),
            "apiconn consumer show field-app"
        );
        assert_eq!(command(Check::UserDisabled { since: at }).unwrap(), "apiconn user enable tech1");
    }

    #[test]
    fn a_known_password_does_not_suggest_to_enable_the_user() {
        let check = || Check::SignInDisabled { since: crate::domain::time::Timestamp::from_millis(0) };
        assert_eq!(command(check()).unwrap(), "apiconn user show tech1");
        let sign_in = Refusal { client: None, ..refusal(check()) };
        assert_eq!(explain(&sign_in).suggested_command.unwrap(), "apiconn user show tech1");
    }

    #[test]
    fn pkce_is_made_optional_for_confidential_consumers_only() {
        let confidential = || Check::ChallengeMissing { confidential: true };
        let line = "apiconn consumer edit field-app --pkce optional";
        assert_eq!(command(confidential()).unwrap(), line);
        let unproven = explain(&refusal(confidential()));
        assert_eq!(unproven.suggested_command.unwrap(), line);
        let end = "; the request did not prove to come from the consumer field-app";
        assert!(unproven.why.ends_with(end), "{}", unproven.why);
        assert_eq!(command(Check::ChallengeMissing { confidential: false }), None);
    }

    #[test]
    fn only_an_authenticated_client_is_given_access() {
        let at = crate::domain::time::Timestamp::from_millis(0);
        let missing = || "admin.everything".parse().unwrap();
        for (check, change, look) in [
            (
                Check::ClientDisabled { since: at },
                "apiconn consumer enable field-app",
                "apiconn consumer show field-app",
            ),
            (
                Check::ClientExpired { at },
                "apiconn consumer edit field-app --expires 90d",
                "apiconn consumer show field-app",
            ),
            (
                Check::ScopeNotHeld { missing: missing(), group: None },
                "apiconn consumer edit field-app --add-scope admin.everything",
                "apiconn consumer show field-app",
            ),
            (
                Check::ScopeUnknown { scope: "openid".parse().unwrap(), near: None },
                "apiconn scope add openid 'description for the consent page'",
                "apiconn scope list",
            ),
            (Check::UserDisabled { since: at }, "apiconn user enable tech1", "apiconn user show tech1"),
        ] {
            assert_eq!(command(check.clone()).unwrap(), change);
            let unproven = explain(&refusal(check));
            assert_eq!(unproven.suggested_command.unwrap(), look);
            let end = "; the request did not prove to come from the consumer field-app";
            assert!(unproven.why.ends_with(end), "{}", unproven.why);
        }
    }
}
