//! Redirect URIs: where a consumer's users are sent back to, compared as whole strings.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;

/// The longest redirect URI, in bytes.
pub const URI_LENGTH: usize = 2000;

/// A registered redirect URI, kept exactly as it was written (RFC 9700 section 4.1.3: exact string matching).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RedirectUri(String);

/// Why text cannot be registered as a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// Not an absolute URI.
    #[error("the redirect URI \"{0}\" is not an absolute URI such as https://app.example/callback")]
    NotAbsolute(String),
    /// Longer than 2000 bytes.
    #[error("the redirect URI is longer than {URI_LENGTH} bytes")]
    TooLong,
    /// RFC 6749 section 3.1.2.
    #[error("the redirect URI \"{0}\" has a fragment (#…), which RFC 6749 section 3.1.2 forbids")]
    Fragment(String),
    /// Patterns would open a redirector.
    #[error("the redirect URI \"{0}\" has a wildcard; register each URI as it is used, whole")]
    Wildcard(String),
    /// A user name or password in front of the host.
    #[error("the redirect URI \"{0}\" has a user name or password in it")]
    UserInfo(String),
    /// Clear text over a network.
    #[error(
        "the redirect URI \"{0}\" is plain http to another machine; use https (http is for 127.0.0.1, [::1] and localhost)"
    )]
    PlainHttp(String),
    /// `javascript:` and the like; a private-use scheme needs a dot (RFC 8252 section 7.1).
    #[error(
        "the redirect URI \"{0}\" has a scheme that is neither https, http nor a private-use one such as com.example.app:/callback"
    )]
    Scheme(String),
    /// Spaces, control characters, backslashes, non-ASCII, dot segments.
    #[error(
        "the redirect URI \"{0}\" holds characters or dot segments that programs read differently; percent-encode them or take them out"
    )]
    Ambiguous(String),
}

impl RedirectUri {
    /// The text as registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a URI that was sent is this one: the same text (RFC 9700 section 4.1.3), but for the port where
    /// `any_port` is allowed and this is a loopback address (RFC 8252 section 7.3).
    #[must_use]
    pub fn matches(&self, sent: &str, any_port: bool) -> bool {
        if self.0 == sent {
            return true;
        }
        any_port
            && ["http://127.0.0.1", "http://[::1]"].into_iter().any(|origin| {
                match (self.0.strip_prefix(origin), sent.strip_prefix(origin)) {
                    (Some(own), Some(sent)) => match (without_port(own), without_port(sent)) {
                        (Some(own), Some(sent)) => own == sent,
                        _ => false,
                    },
                    _ => false,
                }
            })
    }
}

/// What follows the port, if there is one; nothing where the text goes on with something else.
fn without_port(rest: &str) -> Option<&str> {
    let Some(port) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest);
    };
    let end = port.find(|character: char| !character.is_ascii_digit()).unwrap_or(port.len());
    let (digits, rest) = port.split_at(end);
    let is_port = digits.len() <= 5 && digits.parse::<u16>().is_ok_and(|number| number > 0);
    (is_port && (rest.is_empty() || rest.starts_with(['/', '?']))).then_some(rest)
}

impl FromStr for RedirectUri {
    type Err = RedirectError;

    fn from_str(text: &str) -> Result<Self, RedirectError> {
        let shown = || shorten(text);
        if text.len() > URI_LENGTH {
            return Err(RedirectError::TooLong);
        }
        if text.bytes().any(|byte| byte <= b' ' || byte >= 0x7f || matches!(byte, b'\\' | b'"' | b'<' | b'>'))
        {
            return Err(RedirectError::Ambiguous(shown()));
        }
        let uri = url::Url::parse(text).map_err(|_| RedirectError::NotAbsolute(shown()))?;
        if uri.fragment().is_some() {
            return Err(RedirectError::Fragment(shown()));
        }
        if text.contains('*') {
            return Err(RedirectError::Wildcard(shown()));
        }
        let web = matches!(uri.scheme(), "https" | "http");
        if web && !text.starts_with(&format!("{}://", uri.scheme())) {
            return Err(RedirectError::Ambiguous(shown()));
        }
        // An empty user name parses to nothing, so the text itself is looked at too.
        let authority = text.split_once("://").map_or("", |(_, rest)| rest);
        let authority = &authority[..authority.find(['/', '?']).unwrap_or(authority.len())];
        if authority.contains('@') {
            return Err(RedirectError::UserInfo(shown()));
        }
        if text.split(['/', '?']).any(|part| {
            matches!(part.to_ascii_lowercase().as_str(), "." | ".." | "%2e" | "%2e%2e" | ".%2e" | "%2e.")
        }) {
            return Err(RedirectError::Ambiguous(shown()));
        }
        match uri.scheme() {
            "https" => {}
            "http" if is_loopback(&uri) => {}
            "http" => return Err(RedirectError::PlainHttp(shown())),
            scheme if scheme.contains('.') => {}
            _ => return Err(RedirectError::Scheme(shown())),
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_loopback(uri: &url::Url) -> bool {
    match uri.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(domain)) => domain == "localhost",
        None => false,
    }
}

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
        let issuer = Self(uri.0);
        // A path that begins with two slashes is read as another host.
        if plain && !issuer.path().starts_with("//") { Ok(issuer) } else { Err(IssuerError(shorten(text))) }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RedirectUri {
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
    fn only_the_port_of_a_loopback_address_may_differ_and_only_where_it_is_allowed() {
        let native: RedirectUri = "http://127.0.0.1/cb?x=1".parse().unwrap();
        for sent in ["http://127.0.0.1/cb?x=1", "http://127.0.0.1:1/cb?x=1", "http://127.0.0.1:65535/cb?x=1"]
        {
            assert!(native.matches(sent, true), "{sent}");
        }
        assert!(!native.matches("http://127.0.0.1:8080/cb?x=1", false));
        for sent in [
            "http://127.0.0.1:0/cb?x=1",
            "http://127.0.0.1:65536/cb?x=1",
            "http://127.0.0.1:/cb?x=1",
            "http://127.0.0.1:80a/cb?x=1",
            "http://127.0.0.1:80@evil.example/cb?x=1",
            "http://127.0.0.1.evil.example/cb?x=1",
            "http://127.0.0.1:80/cb",
            "http://127.0.0.1:80/cb/?x=1",
            "http://127.0.0.2:80/cb?x=1",
            "https://127.0.0.1:80/cb?x=1",
            "http://localhost:80/cb?x=1",
        ] {
            assert!(!native.matches(sent, true), "{sent}");
        }
        let six: RedirectUri = "http://[::1]:7777/cb".parse().unwrap();
        assert!(six.matches("http://[::1]:50000/cb", true) && six.matches("http://[::1]/cb", true));
        let web: RedirectUri = "https://app.example/cb".parse().unwrap();
        assert!(!web.matches("https://app.example:444/cb", true));
    }

    #[test]
    fn registered_forms() {
        for text in [
            "https://field.example/cb",
            "https://field.example:8443/cb?tenant=1",
            "http://127.0.0.1/cb",
            "http://[::1]:7000/cb",
            "http://localhost/cb",
            "com.example.app:/callback",
        ] {
            assert!(text.parse::<RedirectUri>().is_ok(), "{text}");
        }
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
    fn refused_forms() {
        let reason = |text: &str| text.parse::<RedirectUri>().unwrap_err();
        assert!(matches!(reason("https://a.example/cb#x"), RedirectError::Fragment(_)));
        assert!(matches!(reason("https://a.example/cb#"), RedirectError::Fragment(_)));
        assert!(matches!(reason("https://*.example/cb"), RedirectError::Wildcard(_)));
        assert!(matches!(reason("https://a.example/*"), RedirectError::Wildcard(_)));
        assert!(matches!(reason("https://me:pw@a.example/cb"), RedirectError::UserInfo(_)));
        assert!(matches!(reason("https://@a.example/cb"), RedirectError::UserInfo(_)));
        assert!(matches!(reason("http://a.example/cb"), RedirectError::PlainHttp(_)));
        assert!(matches!(reason("http://localhost.evil.example/cb"), RedirectError::PlainHttp(_)));
        assert!(matches!(reason("javascript:alert(1)"), RedirectError::Scheme(_)));
        assert!(matches!(reason("myapp:/cb"), RedirectError::Scheme(_)));
        assert!(matches!(reason("/cb"), RedirectError::NotAbsolute(_)));
        assert!(matches!(reason(""), RedirectError::NotAbsolute(_)));
        assert!(matches!(reason("https://a.example/a/../cb"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https://a.example/%2e%2e/cb"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https:\\\\a.example"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https:a.example/cb"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https://a.example/c b"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason(&format!("https://a.example/{}", "x".repeat(2000))), RedirectError::TooLong));
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
