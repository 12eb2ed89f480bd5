//! Registered redirect URIs. Requests are compared with them as whole strings.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;

/// The maximum length of a redirect URI in bytes.
pub const URI_LENGTH: usize = 2000;

/// The start of a redirect URI to localhost.
const LOCALHOST: &str = "http://localhost";

/// A registered redirect URI, stored without normalisation, because RFC 9700 section 4.1.3 requires exact string matching.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RedirectUri(String);

/// The reason why a text cannot be registered as a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// The text is not an absolute URI.
    #[error("the redirect URI \"{0}\" is not an absolute URI such as https://app.example/callback")]
    NotAbsolute(String),
    #[error("the redirect URI is longer than {URI_LENGTH} bytes")]
    TooLong,
    /// RFC 6749 section 3.1.2 forbids fragments.
    #[error("the redirect URI \"{0}\" has a fragment (#…), which RFC 6749 section 3.1.2 forbids")]
    Fragment(String),
    /// A pattern would make the service an open redirector.
    #[error("the redirect URI \"{0}\" has a wildcard; register each complete URI")]
    Wildcard(String),
    /// The URI has a user name or password.
    #[error("the redirect URI \"{0}\" has a user name or password")]
    UserInfo(String),
    /// The host is written in a form that requests do not contain.
    #[error("the host of the redirect URI \"{uri}\" must be written as {host}")]
    HostForm {
        uri: String,
        /// The form in which browsers send the host (RFC 5891).
        host: String,
    },
    /// The text contains a list of URIs.
    #[error("the redirect URI \"{0}\" contains several URIs; repeat the option for each")]
    Several(String),
    /// Blanks stand before or after the URI.
    #[error("the redirect URI \"{0}\" begins or ends with a blank; remove it")]
    Blank(String),
    /// The host is this machine, in a form that is not allowed for http.
    #[error(
        "the redirect URI \"{0}\" uses http to a host other than 127.0.0.1, [::1] and localhost; write one of these, or use https"
    )]
    OtherLoopback(String),
    /// The code would cross a network unencrypted.
    #[error(
        "the redirect URI \"{0}\" uses http to another machine; use https (http is allowed for 127.0.0.1, [::1] and localhost)"
    )]
    PlainHttp(String),
    /// A scheme such as `javascript:`. A private-use scheme needs a dot (RFC 8252 section 7.1).
    #[error(
        "the redirect URI \"{0}\" has a scheme that is not https, http or private-use such as com.example.app:/callback"
    )]
    Scheme(String),
    /// Characters or dot segments that parsers interpret differently.
    #[error(
        "the redirect URI \"{0}\" contains characters or dot segments that programs interpret differently; percent-encode or remove them"
    )]
    Ambiguous(String),
}

impl RedirectUri {
    /// Returns the URI as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if the URI is http to localhost, in any case, which depends on name resolution.
    #[must_use]
    pub fn is_localhost(&self) -> bool {
        self.0.split_at_checked(LOCALHOST.len()).is_some_and(|(start, rest)| {
            start.eq_ignore_ascii_case(LOCALHOST) && (rest.is_empty() || rest.starts_with([':', '/', '?']))
        })
    }

    /// Returns true if `sent` is the same text (RFC 9700 section 4.1.3). If `any_port` is true, the port of 127.0.0.1, `[::1]`
    /// and localhost may differ (RFC 8252 sections 7.3 and 8.3).
    #[must_use]
    pub fn matches(&self, sent: &str, any_port: bool) -> bool {
        if self.0 == sent {
            return true;
        }
        any_port
            && ["http://127.0.0.1", "http://[::1]", LOCALHOST].into_iter().any(|origin| {
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

/// Returns the text after the port, or the whole text if it has no port. Returns `None` if the text is not an optional
/// port followed by a path or query.
fn without_port(rest: &str) -> Option<&str> {
    let Some(port) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest);
    };
    let end = port.find(|character: char| !character.is_ascii_digit()).unwrap_or(port.len());
    let (digits, rest) = port.split_at(end);
    (is_port(digits) && (rest.is_empty() || rest.starts_with(['/', '?']))).then_some(rest)
}

/// Returns true if the text is a port on which an application can listen.
pub(crate) fn is_port(text: &str) -> bool {
    let is_number = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number && text.parse::<u16>().is_ok_and(|number| number > 0)
}

impl FromStr for RedirectUri {
    type Err = RedirectError;

    fn from_str(text: &str) -> Result<Self, RedirectError> {
        let shown = || shorten(text);
        if text.len() > URI_LENGTH {
            return Err(RedirectError::TooLong);
        }
        if has_several(text) {
            return Err(RedirectError::Several(shown()));
        }
        if text.trim() != text {
            return Err(RedirectError::Blank(shown()));
        }
        if let Some(host) = host_as_sent(text) {
            return Err(RedirectError::HostForm { uri: shown(), host });
        }
        if text.bytes().any(|byte| byte <= b' ' || byte >= 0x7f || matches!(byte, b'\\' | b'"' | b'<' | b'>'))
        {
            return Err(RedirectError::Ambiguous(shown()));
        }
        // A text such as `app.example:8443/cb` has no scheme.
        let has_port = text
            .split_once(':')
            .is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()));
        let uri = url::Url::parse(text).ok().filter(|_| !has_port);
        let uri = uri.ok_or_else(|| RedirectError::NotAbsolute(shown()))?;
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
        // The parser drops an empty user name, so the text is searched for `@`.
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
            "http" if is_this_machine(&uri) => return Err(RedirectError::OtherLoopback(shown())),
            "http" => return Err(RedirectError::PlainHttp(shown())),
            scheme if scheme.contains('.') => {}
            _ => return Err(RedirectError::Scheme(shown())),
        }
        Ok(Self(text.to_owned()))
    }
}

/// Returns true if a URI follows a separator, so that the text is a list.
fn has_several(text: &str) -> bool {
    text.match_indices(|character: char| matches!(character, ',' | ';' | '|') || character.is_whitespace())
        // A separator has an entry before it.
        .filter(|(at, _)| text[..*at].contains(char::is_alphanumeric))
        .any(|(at, _)| {
            let rest = text[at..].trim_start_matches(|character: char| !character.is_alphanumeric());
            url::Url::parse(rest).is_ok_and(|uri| match uri.scheme() {
                "http" | "https" => rest.contains("://"),
                scheme => scheme.contains('.') && rest[scheme.len()..].starts_with(":/"),
            })
        })
}

/// Returns the host of a URI in the form in which browsers send it, if the text has another one: with letters outside ASCII,
/// or percent-encoded (RFC 3986 section 3.2.2, RFC 5891).
pub(crate) fn host_as_sent(text: &str) -> Option<String> {
    let authority = text.split_once("://")?.1;
    let authority = &authority[..authority.find(['/', '?', '#']).unwrap_or(authority.len())];
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.is_ascii() && !host.contains('%') {
        return None;
    }
    Some(url::Url::parse(text).ok()?.host_str()?.to_owned())
}

/// Returns true if the host is a name or address of this machine (RFC 6761 section 6.3).
fn is_this_machine(uri: &url::Url) -> bool {
    match uri.host() {
        Some(url::Host::Ipv4(address)) => address.is_unspecified(),
        Some(url::Host::Ipv6(address)) => {
            address.is_unspecified() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        Some(url::Host::Domain(domain)) => {
            let domain = domain.strip_suffix('.').unwrap_or(domain);
            domain == "localhost" || domain.ends_with(".localhost")
        }
        None => false,
    }
}

/// Returns true if the host is `localhost` or a loopback address.
pub(crate) fn is_loopback(uri: &url::Url) -> bool {
    match uri.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(domain)) => domain == "localhost",
        None => false,
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
    fn only_the_port_of_a_loopback_address_may_differ() {
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
        let local: RedirectUri = "http://localhost:3000/cb".parse().unwrap();
        for sent in ["http://localhost/cb", "http://localhost:1/cb", "http://localhost:65535/cb"] {
            assert!(local.matches(sent, true) && !local.matches(sent, false), "{sent}");
        }
        for sent in [
            "http://LOCALHOST:80/cb",
            "http://localhost.:80/cb",
            "http://localhost.evil.example/cb",
            "http://localhost:80@evil.example/cb",
            "http://127.0.0.1:80/cb",
            "https://localhost:80/cb",
            "http://localhost:80/cb/",
        ] {
            assert!(!local.matches(sent, true), "{sent}");
        }
        let six: RedirectUri = "http://[::1]:7777/cb".parse().unwrap();
        assert!(six.matches("http://[::1]:50000/cb", true) && six.matches("http://[::1]/cb", true));
        let web: RedirectUri = "https://app.example/cb".parse().unwrap();
        assert!(!web.matches("https://app.example:444/cb", true));
    }

    #[test]
    fn localhost_is_recognised_in_any_case() {
        for (text, expected) in [
            ("http://localhost", true),
            ("http://localhost:5/cb", true),
            ("http://LOCALHOST:5/cb", true),
            ("http://LocalHost?x=1", true),
            ("http://127.0.0.1:5/cb", false),
            ("https://localhost/cb", false),
            ("com.example.app:/localhost", false),
        ] {
            assert_eq!(text.parse::<RedirectUri>().unwrap().is_localhost(), expected, "{text}");
        }
    }

    #[test]
    fn absolute_uris_can_be_registered() {
        for text in [
            "https://field.example/cb",
            "https://field.example:8443/cb?tenant=1",
            "http://127.0.0.1/cb",
            "http://[::1]:7000/cb",
            "http://localhost/cb",
            "com.example.app:/callback",
            "https://field.example/cb,2;v=1?ids=1,2|3",
            "https://field.example/cb?next=a,b.example/c",
            "https://xn--mnchen-3ya.example/cb",
        ] {
            assert!(text.parse::<RedirectUri>().is_ok(), "{text}");
        }
    }

    #[test]
    fn each_refused_form_has_its_reason() {
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
        for text in [
            "https://a.example/cb,https://b.example/cb",
            "https://a.example/cb, https://b.example/cb",
            "https://a.example/cb;HTTP://b.example",
            "https://a.example/cb|com.example.app:/cb",
            "com.example.app:/cb,https://a.example/cb",
            "https://a.example/cb https://b.example/cb",
            "https://a.example/cb,\"https://b.example/cb\"",
        ] {
            assert_eq!(reason(text), RedirectError::Several(text.to_owned()), "{text}");
        }
        for text in [
            " https://a.example/cb",
            "https://a.example/cb ",
            " https://a.example/cb ",
            "\thttps://a.example/cb",
            "https://a.example/cb\n",
            "https://a.example/cb\u{a0}",
        ] {
            assert!(matches!(reason(text), RedirectError::Blank(_)), "{text:?}");
        }
        let list = " https://a.example/cb, https://b.example/cb ";
        assert_eq!(reason(list), RedirectError::Several(list.to_owned()));
        for (text, host) in [
            ("https://münchen.example/cb", "xn--mnchen-3ya.example"),
            ("https://MÜNCHEN.example:8443/cb?ü", "xn--mnchen-3ya.example"),
            ("https://日本.example/cb", "xn--wgv71a.example"),
            ("https://a．example/cb", "a.example"),
            ("https://m%C3%BCnchen.example/cb", "xn--mnchen-3ya.example"),
            ("https://%61.example/cb", "a.example"),
        ] {
            let expected = RedirectError::HostForm { uri: text.to_owned(), host: host.to_owned() };
            assert_eq!(reason(text), expected, "{text}");
        }
        for text in ["app.example:8443/cb", "localhost:3000/cb", "127.0.0.1:80"] {
            assert!(matches!(reason(text), RedirectError::NotAbsolute(_)), "{text}");
        }
        for text in [
            "http://app.localhost/cb",
            "http://localhost./cb",
            "http://0.0.0.0:3000/cb",
            "http://[::]/cb",
            "http://[::ffff:127.0.0.1]/cb",
        ] {
            assert!(matches!(reason(text), RedirectError::OtherLoopback(_)), "{text}");
        }
        assert!(matches!(reason("https://a.example/ü"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https://a.example/a/../cb"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https://a.example/%2e%2e/cb"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https:\\\\a.example"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https:a.example/cb"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason("https://a.example/c b"), RedirectError::Ambiguous(_)));
        assert!(matches!(reason(&format!("https://a.example/{}", "x".repeat(2000))), RedirectError::TooLong));
    }
}
