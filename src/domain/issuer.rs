//! The issuer: the service's public address.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;
use crate::domain::redirect::RedirectUri;

/// The service's public address: the `issuer` of RFC 8414, compared character for character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

/// Why text cannot be the issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" cannot be the issuer; write an https URL without query, fragment and trailing slash (http only for 127.0.0.1, [::1] and localhost)"
)]
pub struct IssuerError(String);

impl Issuer {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path behind the host; empty, or a slash and more.
    #[must_use]
    pub fn path(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| rest);
        authority.find('/').map_or("", |at| &authority[at..])
    }

    /// Host and port; the port is there also where it is the one that the scheme has anyway.
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

    /// Scheme, host and port as a browser names them in the header `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        url::Url::parse(&self.0).map(|uri| uri.origin().ascii_serialization()).unwrap_or_default()
    }

    /// The absolute address of one of the service's endpoints; `path` begins with a slash.
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
        // A path that begins with two slashes is read as another host.
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
    fn an_issuer_whose_path_would_lead_to_another_host_is_none() {
        assert!("https://auth.example/base1".parse::<Issuer>().is_ok());
        assert!("https://auth.example//evil.example".parse::<Issuer>().is_err());
    }

    #[test]
    fn an_issuer_is_reached_at_its_host_and_port() {
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
    fn an_issuer_is_an_address_without_extras() {
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
