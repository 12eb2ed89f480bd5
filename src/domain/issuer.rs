//! The issuer: the public URL of the service.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;
use crate::domain::redirect::RedirectUri;

/// The public URL of the service, which is the `issuer` of RFC 8414 section 2. Clients compare it byte by byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

/// A text that cannot be the issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" cannot be the issuer; write an https URL without query, fragment and trailing slash (http only for 127.0.0.1, [::1] and localhost)"
)]
pub struct IssuerError(String);

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
        let uri: RedirectUri = text.parse().map_err(|_| IssuerError(shorten(text)))?;
        let plain = !text.contains('?') && !text.ends_with('/') && text.starts_with("http");
        let issuer = Self(uri.as_str().to_owned());
        // Browsers read a path that begins with two slashes as another host.
        if plain && !issuer.path().starts_with("//") { Ok(issuer) } else { Err(IssuerError(shorten(text))) }
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
