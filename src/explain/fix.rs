//! The command that mends a refusal. It is offered to be run as it stands, and parts of it came from outside: so it is
//! quoted for a shell, and nothing is offered that would open a door to a stranger who merely asked.

use crate::domain::id::ClientKind;
use crate::domain::name::Name;
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::{INTROSPECT, ScopeSet};
use crate::shell::word;

use crate::domain::refusal::{Check, ClientRef, Difference, Refusal};

/// A flag with its value, which may begin like a flag itself.
fn flag(name: &str, value: &str) -> String {
    if value.starts_with('-') { word(&format!("{name}={value}")) } else { format!("{name} {}", word(value)) }
}

impl Refusal {
    /// `apiconn key VERB erp-sync REST`, if it is known which client it is about.
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

    /// Registering a redirect URI, where it leads to the machine of one that is registered already. Any other could be
    /// that of a stranger who hopes for it; there the registered ones are shown.
    fn add_redirect(&self, sent: &str, difference: &Difference) -> Option<String> {
        match sent.parse::<RedirectUri>() {
            Ok(uri) if difference.keeps_host() => {
                self.client_command("edit", &flag("--add-redirect-uri", uri.as_str()))
            }
            _ => self.client_command("show", ""),
        }
    }
}

/// The command that mends it, where one does.
pub(crate) fn suggested_command(refusal: &Refusal) -> Option<String> {
    match &refusal.check {
        // Its secrets first: where a good one is in use, another rotation would end that one.
        Check::SecretUnknown | Check::SecretRetired { .. } | Check::SecretRevoked { .. } => {
            refusal.client_command("show", "")
        }
        Check::SecretPending { .. } => refusal.client_command("rotate", ""),
        Check::ClientDisabled { .. } => refusal.client_command("enable", ""),
        Check::ClientExpired { .. } => refusal.client_command("edit", "--expires 90d"),
        Check::ScopeUnknown { scope, near: None } if !scope.is_reserved() => {
            // A leading hyphen would be taken for a flag.
            let dashes = if scope.as_str().starts_with('-') { "-- " } else { "" };
            Some(format!(
                "apiconn scope add {dashes}{} 'what it allows, in words for a consent page'",
                word(scope.as_str())
            ))
        }
        Check::ScopeNotHeld { missing, .. } => refusal.add_scopes(missing),
        // A consumer asks its users for what it holds; who introspects is a resource server, and has a key of its own.
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

    fn mended(check: Check) -> Option<String> {
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
        mended(Check::redirect_mismatch(sent, &["https://app.example/cb".parse().unwrap()])).unwrap()
    }

    #[test]
    fn a_redirect_of_the_same_machine_can_be_registered() {
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
    fn nothing_is_offered_that_would_let_a_stranger_in() {
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
    fn a_scope_is_no_flag_and_no_shell_word() {
        let lacks =
            |text: &str| mended(Check::ScopeNotHeld { missing: text.parse().unwrap(), group: None }).unwrap();
        assert_eq!(
            lacks("a.read b.read"),
            "apiconn consumer edit field-app --add-scope a.read --add-scope b.read"
        );
        assert_eq!(lacks("--yes"), "apiconn consumer edit field-app --add-scope=--yes");
        assert_eq!(lacks("a;b'c"), "apiconn consumer edit field-app --add-scope 'a;b'\\''c'");
        let unknown = |text: &str| mended(Check::ScopeUnknown { scope: text.parse().unwrap(), near: None });
        assert_eq!(
            unknown("-x").unwrap(),
            "apiconn scope add -- -x 'what it allows, in words for a consent page'"
        );
        assert_eq!(unknown("apiconn:other"), None);
    }

    #[test]
    fn what_no_command_mends_offers_none() {
        let at = crate::domain::time::Timestamp::from_millis(0);
        for check in [Check::TwoMethods, Check::ClientRevoked { at }, Check::RefreshReused { rotated_at: at }]
        {
            assert_eq!(mended(check), None);
        }
        assert_eq!(
            mended(Check::SecretRetired { hint: "Qr4t".to_owned(), at }).unwrap(),
            "apiconn consumer show field-app"
        );
        assert_eq!(mended(Check::UserDisabled { since: at }).unwrap(), "apiconn user enable tech1");
    }
}
