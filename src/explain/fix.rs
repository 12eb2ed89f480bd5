//! The command that fixes a refusal. An administrator may run it unchanged, and parts of it come from the request. It is
//! therefore quoted for a shell, and it never registers a redirect URI of another host.

use crate::domain::id::ClientKind;
use crate::domain::name::Name;
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::{INTROSPECT, ScopeSet};
use crate::shell::word;

use crate::domain::refusal::{Check, ClientRef, Difference, Refusal};

/// Returns a flag with its value. A value that begins with `-` is joined by `=`.
fn flag(name: &str, value: &str) -> String {
    if value.starts_with('-') { word(&format!("{name}={value}")) } else { format!("{name} {}", word(value)) }
}

impl Refusal {
    /// Returns `apiconn key VERB erp-sync REST`, or `None` if the client is unknown.
    fn client_command(&self, verb: &str, rest: &str) -> Option<String> {
        let ClientRef { id, name: Some(handle) } = self.client.as_ref()? else { return None };
        let command = format!("apiconn {} {verb} {handle} {rest}", id.kind().noun());
        Some(command.trim_end().to_owned())
    }

    fn user_command(&self, verb: &str) -> Option<String> {
        self.user.as_ref().map(|name: &Name| format!("apiconn user {verb} {name}"))
    }

    fn add_scopes(&self, scopes: &ScopeSet) -> Option<String> {
        let flags: Vec<String> = scopes.iter().map(|scope| flag("--add-scope", scope.as_str())).collect();
        self.client_command("edit", &flags.join(" "))
    }

    /// Returns the command that registers a redirect URI, if its host is that of a registered one. Another host may belong to
    /// an attacker, so the command shows the registered URIs instead.
    fn add_redirect(&self, sent: &str, difference: &Difference) -> Option<String> {
        match sent.parse::<RedirectUri>() {
            Ok(uri) if difference.keeps_host() => {
                self.client_command("edit", &flag("--add-redirect-uri", uri.as_str()))
            }
            _ => self.client_command("show", ""),
        }
    }
}

/// Returns the command that fixes a refusal, or `None` if there is none.
pub(crate) fn suggested_command(refusal: &Refusal) -> Option<String> {
    match &refusal.check {
        // The administrator looks at the secrets first, because a rotation could end one that is in use.
        Check::SecretUnknown | Check::SecretRetired { .. } | Check::SecretRevoked { .. } => {
            refusal.client_command("show", "")
        }
        Check::SecretPending { .. } => refusal.client_command("rotate", ""),
        Check::ClientDisabled { .. } => refusal.client_command("enable", ""),
        Check::ClientExpired { .. } => refusal.client_command("edit", "--expires 90d"),
        Check::ScopeUnknown { scope, near: None } if !scope.is_reserved() => {
            // A leading hyphen would be parsed as a flag.
            let dashes = if scope.as_str().starts_with('-') { "-- " } else { "" };
            Some(format!(
                "apiconn scope add {dashes}{} 'description for the consent page'",
                word(scope.as_str())
            ))
        }
        Check::ScopeNotHeld { missing, .. } => refusal.add_scopes(missing),
        // Introspection is for resource servers, which use a key. A user could not grant the scope to a consumer.
        Check::IntrospectNotHeld { .. } => match refusal.client.as_ref().map(|client| client.id.kind()) {
            Some(ClientKind::Key) => refusal.client_command("edit", &flag("--add-scope", INTROSPECT)),
            Some(ClientKind::Consumer) => {
                Some(format!("apiconn key create introspection --scope {INTROSPECT}"))
            }
            None => None,
        },
        Check::RedirectMismatch { sent, nearest: Some((_, difference)) } => {
            refusal.add_redirect(sent, difference)
        }
        Check::UserDisabled { .. } | Check::SignInDisabled { .. } => refusal.user_command("enable"),
        Check::WrongPassword => refusal.user_command("set-password"),
        Check::StoreUnavailable => Some("apiconn store info".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(check: Check) -> Option<String> {
        let refusal = Refusal {
            client: Some(ClientRef {
                id: "apcc_test_7Hq2mZ0xPa4T".parse().unwrap(),
                name: "field-app".parse().ok(),
            }),
            user: "tech1".parse().ok(),
            ..check.into()
        };
        suggested_command(&refusal)
    }

    fn redirect(sent: &str) -> String {
        command(Check::redirect_mismatch(sent, &["https://app.example/cb".parse().unwrap()])).unwrap()
    }

    #[test]
    fn a_redirect_uri_of_a_registered_host_can_be_added() {
        assert_eq!(
            redirect("https://app.example/cb/"),
            "apiconn consumer edit field-app --add-redirect-uri https://app.example/cb/"
        );
        assert_eq!(
            redirect("https://app.example/cb?a=1&b=$(reboot)"),
            "apiconn consumer edit field-app --add-redirect-uri 'https://app.example/cb?a=1&b=$(reboot)'"
        );
    }

    #[test]
    fn a_redirect_uri_of_another_host_is_not_suggested() {
        for sent in [
            "https://evil.example/cb",
            "http://app.example/cb",
            "https://app.example@evil.example/cb",
            "https://app.example/cb#x",
            "https://app.example/cb\u{1b}[2J",
            "x; reboot",
        ] {
            assert_eq!(redirect(sent), "apiconn consumer show field-app", "{sent}");
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
        let unknown = |text: &str| command(Check::ScopeUnknown { scope: text.parse().unwrap(), near: None });
        assert_eq!(unknown("-x").unwrap(), "apiconn scope add -- -x 'description for the consent page'");
        assert_eq!(unknown("apiconn:other"), None);
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
}
