//! Differences between a redirect URI and the registered ones. They only explain a refusal: the decision compares whole
//! strings.

use std::cmp::Reverse;
use std::fmt;

use crate::domain::redirect::{RedirectUri, host_as_sent, is_port};

/// A part of a URI, or a property of its spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Only one of the paths ends with a slash.
    TrailingSlash,
    Scheme,
    /// A user name or password before the host.
    UserInfo,
    Host,
    Port,
    /// The paths differ by more than a trailing slash.
    Path,
    Query,
    Fragment,
    /// Only upper and lower case differ.
    Case,
    /// Only the percent-encoding differs.
    Encoding,
    /// Only blanks before or after the URI differ.
    Blank,
    /// Only the form of the host differs: letters outside ASCII instead of `xn--`.
    HostForm,
}

impl Part {
    /// Returns the size of the difference, to find the most similar URI.
    const fn weight(self) -> u32 {
        match self {
            Self::TrailingSlash | Self::Case | Self::Encoding | Self::Blank | Self::HostForm => 1,
            Self::Fragment => 2,
            Self::Query | Self::Port => 3,
            Self::Scheme => 4,
            Self::Path => 5,
            Self::UserInfo => 6,
            Self::Host => 20,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::TrailingSlash => "by a trailing slash",
            Self::Scheme => "in the scheme",
            Self::UserInfo => "by a user name before the host",
            Self::Host => "in the host",
            Self::Port => "in the port",
            Self::Path => "in the path",
            Self::Query => "in the query",
            Self::Fragment => "by a fragment, which a redirect URI cannot have",
            Self::Case => "in upper and lower case",
            Self::Encoding => "in percent-encoding",
            Self::Blank => "by a blank before or after it",
            Self::HostForm => "in the form of the host, whose letters outside ASCII are written with xn--",
        }
    }
}

/// The parts in which two URIs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference(pub Vec<Part>);

impl Difference {
    fn weight(&self) -> u32 {
        self.0.iter().map(|part| part.weight()).sum()
    }

    /// Returns true if a code that is sent to `sent` reaches the owner of the registered URI: they differ in a trailing slash,
    /// in upper and lower case, or in the port of a loopback address. Every other difference can lead to a page of the same
    /// host that an attacker controls.
    #[must_use]
    pub fn keeps_owner(&self, sent: &RedirectUri) -> bool {
        let sent = parts(sent.as_str());
        // Only loopback addresses are registered with this scheme. An application listens on no port 0 and no empty one.
        let has_any_port = sent.scheme == "http" && sent.port.is_none_or(is_port);
        !self.0.is_empty()
            && self.0.iter().all(|part| match part {
                Part::TrailingSlash | Part::Case => true,
                Part::Port => has_any_port,
                _ => false,
            })
    }

    /// Returns true if host and path differ, so that the two URIs have little in common.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.contains(&Part::Host) && self.0.contains(&Part::Path)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            // One of the texts has an empty part, such as a query without characters.
            [] => f.write_str("in its spelling"),
            parts if self.is_everything() && parts.contains(&Part::Scheme) => {
                f.write_str("in scheme, host and path")
            }
            _ if self.is_everything() => f.write_str("in host and path"),
            [first, rest @ ..] => {
                f.write_str(first.words())?;
                rest.iter().try_for_each(|part| write!(f, ", {}", part.words()))
            }
        }
    }
}

/// Returns the registered redirect URI that is most similar to the sent one, and the differences. Returns `None` if no URI
/// is registered. If `any_port` is true, the port of a loopback address is no difference.
#[must_use]
pub fn compare_redirect(
    sent: &str,
    registered: &[RedirectUri],
    any_port: bool,
) -> Option<(RedirectUri, Difference)> {
    registered
        .iter()
        .map(|uri| (uri.clone(), difference(sent, uri.as_str(), any_port)))
        .min_by_key(|(uri, difference)| (difference.weight(), Reverse(in_common(sent, uri.as_str()))))
}

fn in_common(left: &str, right: &str) -> usize {
    left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count()
}

/// The parts of a URI (RFC 3986 section 3) without normalisation.
#[derive(Default)]
struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

fn split_off(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn parts(text: &str) -> Parts<'_> {
    let (text, fragment) = split_off(text, '#');
    let (text, query) = split_off(text, '?');
    let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
    let Some(rest) = rest.strip_prefix("//") else {
        return Parts { scheme, path: rest, query, fragment, ..Parts::default() };
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    // The colons of an IPv6 address are inside its brackets.
    let (host, port) = match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => (&host[..colon], Some(&host[colon + 1..])),
        _ => (host, None),
    };
    Parts { scheme, user, host, port, path, query, fragment }
}

fn difference(sent: &str, registered: &str, any_port: bool) -> Difference {
    let has_blank = sent.trim() != sent;
    let sent = sent.trim();
    let is_other_host_form =
        |host: &str| host_as_sent(sent).is_some_and(|sent| sent.eq_ignore_ascii_case(host));
    let (sent, registered) = (parts(sent), parts(registered));
    let mut found = Vec::new();
    let mut differs = |is_different: bool, part| {
        if is_different && !found.contains(&part) {
            found.push(part);
        }
    };
    differs(has_blank, Part::Blank);
    let slight = |left: &str, right: &str, otherwise| {
        if left.eq_ignore_ascii_case(right) {
            Part::Case
        } else if decoded(left) == decoded(right) {
            Part::Encoding
        } else {
            otherwise
        }
    };
    differs(sent.scheme != registered.scheme, slight(sent.scheme, registered.scheme, Part::Scheme));
    differs(sent.user != registered.user, Part::UserInfo);
    let host = if is_other_host_form(registered.host) { Part::HostForm } else { Part::Host };
    differs(sent.host != registered.host, slight(sent.host, registered.host, host));
    let ignores_port = any_port
        && sent.port.is_none_or(is_port)
        && registered.scheme == "http"
        && matches!(registered.host, "127.0.0.1" | "[::1]" | "localhost");
    differs(sent.port != registered.port && !ignores_port, Part::Port);
    let (left, right) = (sent.path, registered.path);
    if left.strip_suffix('/') == Some(right) || right.strip_suffix('/') == Some(left) {
        differs(true, Part::TrailingSlash);
    } else {
        differs(left != right, slight(left, right, Part::Path));
    }
    let query = match (sent.query, registered.query) {
        (Some(left), Some(right)) => slight(left, right, Part::Query),
        _ => Part::Query,
    };
    differs(sent.query != registered.query, query);
    differs(sent.fragment != registered.fragment, Part::Fragment);
    Difference(found)
}

/// Returns the bytes without percent-encoding. An incomplete escape is kept.
fn decoded(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn registered(texts: &[&str]) -> Vec<RedirectUri> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn words(sent: &str, uri: &str) -> String {
        compare_redirect(sent, &registered(&[uri]), false).unwrap().1.to_string()
    }

    #[test]
    fn each_kind_of_difference_has_its_words() {
        let uri = "https://app.example/cb";
        for (sent, expected) in [
            ("https://app.example/cb/", "by a trailing slash"),
            ("http://app.example/cb", "in the scheme"),
            ("https://www.app.example/cb", "in the host"),
            ("https://app.example:8443/cb", "in the port"),
            ("https://app.example:443/cb", "in the port"),
            ("https://app.example/callback", "in the path"),
            ("https://app.example/cb?tenant=1", "in the query"),
            ("https://app.example/cb?", "in the query"),
            ("https://app.example/cb#top", "by a fragment, which a redirect URI cannot have"),
            ("https://me@app.example/cb", "by a user name before the host"),
            ("https://app.example/CB", "in upper and lower case"),
            ("https://App.example/cb", "in upper and lower case"),
            ("https://app.example/%63b", "in percent-encoding"),
            ("https://app.example/cb ", "by a blank before or after it"),
            (" https://app.example/cb", "by a blank before or after it"),
            ("http://app.example/cb/", "in the scheme, by a trailing slash"),
            ("https://evil.example/other", "in host and path"),
            ("", "in scheme, host and path"),
            ("javascript:alert(1)", "in scheme, host and path"),
            ("http://evil.example/other", "in scheme, host and path"),
            (" https://app.example/cb/", "by a blank before or after it, by a trailing slash"),
            ("\thttp://app.example/cb\n", "by a blank before or after it, in the scheme"),
            ("/cb", "in the scheme, in the host"),
        ] {
            assert_eq!(words(sent, uri), expected, "{sent}");
        }
        assert_eq!(
            words("https://app.example/cb?a=%31", "https://app.example/cb?a=1"),
            "in percent-encoding"
        );
        assert_eq!(words("http://[::1]:7001/cb", "http://[::1]:7000/cb"), "in the port");
        assert_eq!(words("http://[::2]/cb", "http://[::1]/cb"), "in the host");
        assert_eq!(words("com.example.app:/cb/", "com.example.app:/cb"), "by a trailing slash");
        assert_eq!(
            words("https://münchen.example/cb", "https://xn--mnchen-3ya.example/cb"),
            "in the form of the host, whose letters outside ASCII are written with xn--"
        );
        let any_port =
            |sent: &str, uri: &str| compare_redirect(sent, &registered(&[uri]), true).unwrap().1.to_string();
        for uri in ["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost:9/cb"] {
            let sent = uri.replace("/cb", "/other").replace(":9/", ":8/");
            assert_eq!(any_port(&sent, uri), "in the path", "{uri}");
        }
        assert_eq!(any_port("http://localhost:8000/cb", "http://127.0.0.1/cb"), "in the host");
        for port in ["0", "", "+80", "65536", "000080"] {
            let sent = format!("http://127.0.0.1:{port}/cb");
            assert_eq!(any_port(&sent, "http://127.0.0.1/cb"), "in the port", "{sent}");
        }
        assert_eq!(any_port("https://app.example:1/cb", "https://app.example/cb"), "in the port");
        assert_eq!(words("https:app.example/cb", "https://app.example/cb"), "in host and path");
    }

    #[test]
    fn the_most_similar_uri_is_returned() {
        let all = registered(&[
            "https://app.example/cb",
            "https://app.example/oauth/cb",
            "http://localhost/cb",
            "https://test.app.example/cb",
        ]);
        let nearest = |sent: &str| compare_redirect(sent, &all, false).unwrap().0.to_string();
        assert_eq!(nearest("https://app.example/cb/"), "https://app.example/cb");
        assert_eq!(nearest("https://app.example/oauth/cb2"), "https://app.example/oauth/cb");
        assert_eq!(nearest("http://localhost:3000/cb"), "http://localhost/cb");
        assert_eq!(nearest("http://test.app.example/cb"), "https://test.app.example/cb");
        assert_eq!(compare_redirect("https://app.example/cb", &[], false), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(sent in ".{0,60}") {
            let all = registered(&["https://app.example/cb", "com.example.app:/cb", "http://[::1]/"]);
            let (_, difference) = compare_redirect(&sent, &all, true).unwrap();
            prop_assert!(!difference.to_string().is_empty());
            let address = format!("https://{sent}");
            prop_assert!(compare_redirect(&address, &all, true).is_some());
        }
    }
}
