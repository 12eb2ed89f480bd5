//! The issuer: the public URL of the service.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;
use crate::domain::redirect::{RedirectError, RedirectUri};

/// The public URL of the service, which is the `issuer` of RFC 8414 section 2. Clients compare it byte by byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

/// A text that cannot be the issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The text is not an URL of the required form.
    #[error(
        "\"{0}\" cannot be the issuer; write an https URL without query, fragment and trailing slash (http only for 127.0.0.1, [::1] and localhost)"
    )]
    Form(String),
    /// The issuer is in files that shells read.
    #[error(
        "\"{0}\" cannot be the issuer: the character {1} has a meaning in a shell; percent-encode it or remove it"
    )]
    ShellCharacter(String, char),
    /// The host is not in the form in which browsers send it.
    #[error("\"{issuer}\" cannot be the issuer: its host must be written as {host}")]
    HostForm {
        issuer: String,
        /// The form in which browsers send the host (RFC 5891).
        host: String,
    },
}

/// The characters with which a shell runs a command or ends a quotation.
const SHELL_CHARACTERS: [char; 8] = ['$', '`', ';', '&', '|', '(', ')', '\''];

impl Issuer {
    /// Returns the issuer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if clients reach the service over TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Returns the path after the host: empty, or a text that begins with a slash.
    #[must_use]
    pub fn path(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| rest);
        authority.find('/').map_or("", |at| &authority[at..])
    }

    /// Returns the host and the port. The port is present even if it is the default of the scheme.
    #[must_use]
    pub fn authority(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default();
        let has_port =
            authority.rsplit(':').next().is_some_and(|port| !port.ends_with(']') && port != authority);
        match (has_port, scheme) {
            (true, _) => authority.to_owned(),
            (false, "http") => format!("{authority}:80"),
            (false, _) => format!("{authority}:443"),
        }
    }

    /// Returns scheme, host and port in the form that browsers send in the header `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        url::Url::parse(&self.0).map(|uri| uri.origin().ascii_serialization()).unwrap_or_default()
    }

    /// Returns the absolute URL of an endpoint. `path` begins with a slash.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for Issuer {
    type Err = IssuerError;

    fn from_str(text: &str) -> Result<Self, IssuerError> {
        if let Some(found) = text.chars().find(|character| SHELL_CHARACTERS.contains(character)) {
            return Err(IssuerError::ShellCharacter(shorten(text), found));
        }
        let uri: RedirectUri = text.parse().map_err(|error| match error {
            RedirectError::HostForm { host, .. } => IssuerError::HostForm { issuer: shorten(text), host },
            _ => IssuerError::Form(shorten(text)),
        })?;
        let plain = !text.contains('?') && !text.ends_with('/') && text.starts_with("http");
        let issuer = Self(uri.as_str().to_owned());
        // Browsers read a path that begins with two slashes as another host.
        if plain && !issuer.path().starts_with("//") {
            Ok(issuer)
        } else {
            Err(IssuerError::Form(shorten(text)))
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_path_cannot_name_another_host() {
        assert!("https://auth.example/base1".parse::<Issuer>().is_ok());
        assert!("https://auth.example//evil.example".parse::<Issuer>().is_err());
    }

    #[test]
    fn an_issuer_has_no_shell_character_and_an_ascii_host() {
        for text in [
            "https://auth.example/$(touch${IFS}owned)",
            "https://auth.example/`reboot`",
            "https://auth.example/a;b",
            "https://auth.example/a&b",
            "https://auth.example/a|b",
            "https://auth.example/it's",
        ] {
            assert!(matches!(text.parse::<Issuer>(), Err(IssuerError::ShellCharacter(..))), "{text}");
        }
        assert_eq!(
            "https://münchen.example".parse::<Issuer>().unwrap_err().to_string(),
            "\"https://münchen.example\" cannot be the issuer: its host must be written as xn--mnchen-3ya.example"
        );
        assert!("https://auth.example/a,b=c:%24".parse::<Issuer>().is_ok());
    }

    #[test]
    fn the_authority_always_contains_a_port() {
        for (issuer, authority) in [
            ("https://auth.example", "auth.example:443"),
            ("https://auth.example/base/1:2", "auth.example:443"),
            ("https://auth.example:8443/base", "auth.example:8443"),
            ("http://localhost", "localhost:80"),
            ("http://[::1]", "[::1]:80"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert_eq!(issuer.parse::<Issuer>().unwrap().authority(), authority);
        }
    }

    #[test]
    fn an_issuer_has_no_query_and_no_trailing_slash() {
        for text in ["https://auth.example", "http://127.0.0.1:8080", "https://auth.example/base1"] {
            assert!(text.parse::<Issuer>().is_ok(), "{text}");
        }
        let path = |text: &str| text.parse::<Issuer>().unwrap().path().to_owned();
        assert_eq!(path("https://auth.example"), "");
        assert_eq!(path("https://auth.example:8443/base1/x"), "/base1/x");
        for text in [
            "auth.example",
            "https://auth.example/",
            "https://a.example?x",
            "http://a.example",
            "com.example.app:/x",
        ] {
            assert!(text.parse::<Issuer>().is_err(), "{text}");
        }
    }
}
