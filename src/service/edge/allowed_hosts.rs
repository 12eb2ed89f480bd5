//! Host names that a request may name.
//!
//! A web page can make a browser send requests to this service under the page's own host name (DNS rebinding), so a request
//! that names another host is refused before any handler runs. Such a page has a name: an address in the place of a name is
//! no danger.

use std::net::IpAddr;

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

use crate::domain::host_names::HostNames;
use crate::domain::issuer::Issuer;

/// Reason for refusing a request because of its host. `E` is the error of reading the settings.
#[derive(Debug)]
pub(crate) enum HostError<E> {
    /// The request has no `Host` header, or more than one.
    NotOnce,
    /// The request names this host, which is not allowed.
    NotAllowed(Vec<u8>),
    Settings(E),
}

/// The kind of an allowed host, which decides what is served under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    /// The host of the issuer: everything is served.
    Issuer,
    /// Another host, with the name that is not the issuer's: no pages, because their cookies and links belong to the issuer.
    Other(Vec<u8>),
}

/// Returns true if the request names `localhost` or an address, and no other host. No setting forbids such a host, so a route
/// that is served under every allowed host need not read the settings.
pub(crate) fn is_allowed_anyway(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let names = host.to_str().ok().into_iter().chain(uri.authority().map(Authority::as_str));
    names.map(split_port).all(|(host, _)| is_local_or_address(host)) && host.to_str().is_ok()
}

/// Checks that a request names an allowed host, and no other host: that of the issuer, `localhost`, an address except
/// `0.0.0.0` and `[::]`, or one of `additional`, which is called if the host is not that of the issuer.
///
/// # Errors
/// - [`HostError::NotOnce`] if there is not exactly one `Host` header;
/// - [`HostError::NotAllowed`] if the header or the request target names another host;
/// - [`HostError::Settings`] if `additional` fails.
pub(crate) fn check<E>(
    uri: &Uri,
    headers: &HeaderMap,
    issuer: &Issuer,
    additional: impl FnOnce() -> Result<HostNames, E>,
) -> Result<HostKind, HostError<E>> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(HostError::NotOnce);
    };
    let host = host.to_str().map_err(|_| HostError::NotAllowed(host.as_bytes().to_vec()))?;
    let issuer = issuer.authority();
    // RFC 9112 section 3.2.2: the host of an absolute target takes precedence over the header. Here both must be allowed.
    let names = std::iter::once(host).chain(uri.authority().map(Authority::as_str));
    let others: Vec<&str> = names.filter(|name| !is_issuer_host(name, &issuer)).collect();
    let Some(first) = others.first() else {
        return Ok(HostKind::Issuer);
    };
    let additional = additional().map_err(HostError::Settings)?;
    let is_allowed = |name: &str| {
        let (host, _) = split_port(name);
        is_local_or_address(host) || additional.contains(host)
    };
    match others.iter().find(|name| !is_allowed(name)) {
        Some(name) => Err(HostError::NotAllowed(name.as_bytes().to_vec())),
        None => Ok(HostKind::Other(first.as_bytes().to_vec())),
    }
}

/// Returns the host and the port of an authority; the port is empty if it is absent.
fn split_port(name: &str) -> (&str, &str) {
    match name.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ => (name, ""),
    }
}

fn is_local_or_address(host: &str) -> bool {
    is_loopback(host) || address(host).is_some_and(|address| !address.to_canonical().is_unspecified())
}

/// Returns the address that a host consists of: IPv4, or IPv6 in brackets (RFC 3986 section 3.2.2).
fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|address| address.is_loopback())
}

/// Compares a host with that of an issuer. The default port of the issuer's scheme may be left out. An issuer on this machine
/// is also reached by its other local names and through forwarded ports.
fn is_issuer_host(name: &str, issuer: &str) -> bool {
    if name.eq_ignore_ascii_case(issuer) {
        return true;
    }
    let ((host, _), (issuer_host, issuer_port)) = (split_port(name), split_port(issuer));
    let is_bare = matches!(issuer_port, "443" | "80") && name.eq_ignore_ascii_case(issuer_host);
    is_bare || is_loopback(host) && is_loopback(issuer_host)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::http::HeaderValue;

    use super::{HOST, HeaderMap, HostKind};

    /// A name, for comparisons.
    fn other(name: &str) -> HostKind {
        HostKind::Other(name.as_bytes().to_vec())
    }

    fn check(issuer: &str, hosts: &[&'static str], target: &str) -> Option<HostKind> {
        let headers = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host)));
        let headers: HeaderMap = headers.fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        });
        let additional = || Ok::<_, Infallible>("apiconn,auth.internal".parse().unwrap());
        let uri = target.parse().unwrap();
        let kind = super::check(&uri, &headers, &issuer.parse().unwrap(), additional).ok();
        assert!(!super::is_allowed_anyway(&uri, &headers) || kind.is_some(), "{hosts:?}");
        kind
    }

    #[test]
    fn addresses_are_allowed_without_the_settings() {
        let anyway = |host: &'static str, target: &str| {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            super::is_allowed_anyway(&target.parse().unwrap(), &headers)
        };
        for host in ["localhost", "127.0.0.1:8080", "10.0.1.5", "[::1]:1"] {
            assert!(anyway(host, "/oauth/token"), "{host}");
            assert!(!anyway(host, "http://auth.example/oauth/token"), "{host}");
        }
        for host in ["auth.example", "0.0.0.0", "[::]:80", "apiconn", ""] {
            assert!(!anyway(host, "/oauth/token"), "{host}");
        }
    }

    #[test]
    fn addresses_and_additional_names_are_allowed_without_pages() {
        let kind = |host: &'static str| check("https://auth.example", &[host], "/oauth/token");
        for host in ["auth.example", "AUTH.example", "auth.example:443"] {
            assert_eq!(kind(host), Some(HostKind::Issuer), "{host}");
        }
        for host in [
            "10.0.1.5:8080",
            "192.0.2.1",
            "127.0.0.1:1",
            "[fd00::1]:8080",
            "[::1]",
            "[::ffff:10.0.0.1]",
            "localhost:8080",
            "apiconn",
            "APICONN:8080",
            "apiconn.",
            "apiconn.:8080",
            "auth.internal:1",
        ] {
            assert_eq!(kind(host), Some(other(host)), "{host}");
        }
        for host in [
            "",
            ":80",
            "0.0.0.0",
            "0.0.0.0:8080",
            "[::]",
            "[::]:8080",
            "[::ffff:0.0.0.0]",
            "0",
            "127.1",
            "2130706433",
            "0x7f000001",
            "::1",
            "fd00::1",
            "[10.0.0.1]",
            "[fe80::1%25eth0]",
            "10.0.0.1.",
            "10.0.0.1.evil.example",
            "10.0.0.1@evil.example",
            "evil.example:10.0.0.1",
            "apiconn..",
            "apiconn.evil.example",
            "xapiconn",
            "localhost.",
            "auth.example.",
            "auth.example:80",
            "auth.example:",
            "*",
        ] {
            assert_eq!(kind(host), None, "{host}");
        }
    }

    #[test]
    fn an_issuer_on_this_machine_has_every_local_name_and_port() {
        let kind = |issuer: &str, host: &'static str| check(issuer, &[host], "/login");
        for host in ["127.0.0.1:40000", "127.0.0.1", "127.0.0.1:8080"] {
            assert_eq!(kind("http://127.0.0.1:8080", host), Some(HostKind::Issuer), "{host}");
        }
        assert_eq!(kind("http://localhost", "LocalHost:40000"), Some(HostKind::Issuer));
        assert_eq!(kind("http://[::1]:8080", "[::1]:1"), Some(HostKind::Issuer));
        assert_eq!(kind("http://127.0.0.1:8080", "localhost:8080"), Some(HostKind::Issuer));
        assert_eq!(kind("http://localhost:8080", "[::1]:8080"), Some(HostKind::Issuer));
        assert_eq!(kind("http://127.0.0.1:8080", "10.0.0.5:8080"), Some(other("10.0.0.5:8080")));
        assert_eq!(kind("http://127.0.0.1:8080", "apiconn"), Some(other("apiconn")));
        assert_eq!(kind("https://10.0.0.5:8443", "10.0.0.5:8443"), Some(HostKind::Issuer));
        assert_eq!(kind("https://10.0.0.5:8443", "10.0.0.5:8080"), Some(other("10.0.0.5:8080")));
    }

    #[test]
    fn every_host_of_a_request_must_be_allowed() {
        let kind = |hosts: &[&'static str], target: &str| check("https://auth.example", hosts, target);
        assert_eq!(kind(&["auth.example"], "http://auth.example/"), Some(HostKind::Issuer));
        assert_eq!(kind(&["auth.example"], "http://apiconn/"), Some(other("apiconn")));
        assert_eq!(kind(&["apiconn"], "http://auth.example/"), Some(other("apiconn")));
        assert_eq!(kind(&["auth.example"], "http://evil.example/"), None);
        assert_eq!(kind(&["evil.example"], "http://auth.example/"), None);
        assert_eq!(kind(&[], "/"), None);
        assert_eq!(kind(&["auth.example", "auth.example"], "/"), None);
    }
}
