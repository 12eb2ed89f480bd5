//! Address of the client: the peer's, or the one that a trusted proxy forwards. Host names are never resolved.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use crate::domain::issuer::Issuer;
use crate::domain::network::trusted_proxy::TrustedProxy;
use crate::domain::throttle::AddressRange;

/// The only forwarding header that is read. Host and scheme come from the issuer.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Address(IpAddr),
    /// A process of this machine, through a Unix socket. `uid` is the user who ran it when it connected (`SO_PEERCRED`).
    Unix {
        uid: Option<u32>,
    },
}

impl Peer {
    /// Peer of a request without a connection, as in a test.
    pub(crate) const UNKNOWN: Self = Self::Unix { uid: None };
}

/// Address of the client, as far as the proxies can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAddress {
    /// The address of the client or of its network's gateway.
    Known(IpAddr),
    /// The loopback address of a peer that is not a trusted proxy.
    Loopback(IpAddr),
    /// No trusted proxy has forwarded a readable address, and the peer is a Unix socket or a proxy, which has the requests of
    /// all its clients.
    Unknown,
}

impl ClientAddress {
    /// Returns the ranges of addresses for which failures are counted. None if the address does not distinguish clients.
    /// Clients of an https issuer cannot reach this service directly, so a loopback address is that of a proxy that is not
    /// named, and all clients would share one counter.
    pub(crate) fn ranges(self, issuer: &Issuer) -> Vec<AddressRange> {
        match self {
            Self::Known(address) => AddressRange::of(address),
            Self::Loopback(address) if !issuer.has_tls() => AddressRange::of(address),
            Self::Loopback(_) | Self::Unknown => Vec::new(),
        }
    }
}

/// Result of reading the forwarded addresses of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forwarded {
    pub client: ClientAddress,
    /// True if reading stopped at an entry that is not an address.
    pub is_unreadable: bool,
}

/// The proxies in front of the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<TrustedProxy>);

impl Proxies {
    /// Trusts the `X-Forwarded-For` header of these proxies.
    pub(crate) const fn new(proxies: Vec<TrustedProxy>) -> Self {
        Self(proxies)
    }

    /// Returns the range of addresses whose connections are counted together with those of a peer. None if their number is not
    /// limited: a proxy has the connections of many clients, and the processes of this machine are trusted.
    pub(crate) fn connection_key(&self, peer: Peer) -> Option<AddressRange> {
        match peer {
            Peer::Address(address) if !address.to_canonical().is_loopback() && !self.trusts(peer) => {
                Some(AddressRange::subscriber(address))
            }
            Peer::Address(_) | Peer::Unix { .. } => None,
        }
    }

    fn trusts(&self, peer: Peer) -> bool {
        self.0.iter().any(|proxy| match (proxy, peer) {
            (TrustedProxy::Network(network), Peer::Address(address)) => network.contains(address),
            (TrustedProxy::Unix, Peer::Unix { .. }) => true,
            (TrustedProxy::Uid(trusted), Peer::Unix { uid }) => uid == Some(*trusted),
            _ => false,
        })
    }

    /// Returns the address of the client. Each proxy appends the address of its peer, so the last address that is not a
    /// proxy's is the last one that the client could not forge. Reading goes from right to left and stops at the first entry
    /// that is not an address: the entries to the left of it can be forged. The address of a proxy never counts as the client's
    /// then, because a client that makes its entry unreadable would use up the attempts of every other client.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> Forwarded {
        if !self.trusts(peer) {
            let client = match peer {
                Peer::Address(address) if address.to_canonical().is_loopback() => {
                    ClientAddress::Loopback(address)
                }
                Peer::Address(address) => ClientAddress::Known(address),
                Peer::Unix { .. } => ClientAddress::Unknown,
            };
            return Forwarded { client, is_unreadable: false };
        }
        let mut client = ClientAddress::Unknown;
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            // Bytes, because the left part of a line may contain what no header text may contain.
            for entry in line.as_bytes().rsplit(|byte| *byte == b',') {
                let Some(address) = std::str::from_utf8(entry).ok().and_then(forwarded_address) else {
                    // The entries so far are proxies, which all clients share.
                    return Forwarded { client: ClientAddress::Unknown, is_unreadable: true };
                };
                client = ClientAddress::Known(address);
                if !self.trusts(Peer::Address(address)) {
                    return Forwarded { client, is_unreadable: false };
                }
            }
        }
        Forwarded { client, is_unreadable: false }
    }
}

/// Reads an entry of `X-Forwarded-For`: an address, with or without a port. Some proxies write an IPv6 address in brackets,
/// and quote it as in `Forwarded` (RFC 7239 section 6).
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    let entry = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(entry);
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = entry.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let bare = entry.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse().ok().map(IpAddr::V6)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use crate::domain::network::trusted_proxy::ProxyName;

    use super::*;

    fn proxies(texts: &[&str]) -> Proxies {
        let parse =
            |text: &&str| text.parse::<ProxyName>().unwrap().resolve(|user| user.parse().ok()).unwrap();
        Proxies::new(texts.iter().map(parse).collect())
    }

    /// The narrowest range for which failures are counted.
    fn key(client: ClientAddress, issuer: &Issuer) -> Option<String> {
        client.ranges(issuer).first().map(|range| range.as_str().to_owned())
    }

    fn client(peer: &str, lines: &[(&'static str, &'static str)]) -> Option<String> {
        let proxies = proxies(&["10.0.0.5", "fd00::/64"]);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let forwarded = proxies.client(Peer::Address(peer.parse().unwrap()), &headers);
        key(forwarded.client, &"http://127.0.0.1:8080".parse().unwrap())
    }

    #[test]
    fn only_a_configured_proxy_is_trusted() {
        let forged = [("x-forwarded-for", "203.0.113.7")];
        for (peer, expected) in [
            ("10.0.0.5", "203.0.113.7"),
            ("::ffff:10.0.0.5", "203.0.113.7"),
            ("fd00::9", "203.0.113.7"),
            ("10.0.0.6", "10.0.0.6"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(client(peer, &forged).as_deref(), Some(expected), "{peer}");
        }
    }

    #[test]
    fn the_last_address_that_is_not_a_proxy_is_the_client() {
        for lines in [
            &[("x-forwarded-for", "1.1.1.1, 2.2.2.2,203.0.113.7")][..],
            &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.7")],
            &[("x-forwarded-for", "nonsense, 203.0.113.7,\t10.0.0.5 , fd00::1")],
            &[("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "10.0.0.5")],
        ] {
            assert_eq!(client("10.0.0.5", lines).as_deref(), Some("203.0.113.7"), "{lines:?}");
        }
        // Only proxies: the first one is the client.
        let only_proxies = client("10.0.0.5", &[("x-forwarded-for", "fd00::1, 10.0.0.5")]);
        assert_eq!(only_proxies.as_deref(), Some("fd00::/64"));
    }

    #[test]
    fn without_a_readable_entry_a_proxy_stands_for_no_client() {
        for lines in [
            &[][..],
            &[("x-forwarded-for", "")],
            &[("x-forwarded-for", "203.0.113.7, localhost")],
            &[("x-forwarded-for", "203.0.113.7, 10.0.0.999")],
            &[("x-forwarded-for", "203.0.113.7:99999")],
            &[("x-forwarded-for", "203.0.113.7,")],
            &[("x-forwarded-for", "203.0.113.7, unknown, fd00::1")],
            &[("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "unknown")],
            &[("x_forwarded_for", "203.0.113.7")],
            &[("forwarded", "for=203.0.113.7")],
            &[("x-real-ip", "203.0.113.7")],
            &[("x-client-ip", "203.0.113.7")],
            &[("true-client-ip", "203.0.113.7")],
            &[("cf-connecting-ip", "203.0.113.7")],
        ] {
            assert_eq!(client("10.0.0.5", lines), None, "{lines:?}");
            assert_eq!(client("10.0.0.6", lines).as_deref(), Some("10.0.0.6"), "{lines:?}");
        }
    }

    #[test]
    fn connections_are_counted_by_subscriber() {
        let key = |address: &str| {
            Proxies::default()
                .connection_key(Peer::Address(address.parse().unwrap()))
                .map(|range| range.as_str().to_owned())
        };
        for (address, expected) in [
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::/64")),
            ("2001:db8:1:2::1", Some("2001:db8:1:2::/64")),
            ("2001:db8:1:3::1", Some("2001:db8:1:3::/64")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("127.0.0.1", None),
        ] {
            assert_eq!(key(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn a_forwarded_address_may_have_a_port_brackets_and_quotes() {
        for (entry, key) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:50123", "203.0.113.7"),
            ("203.0.113.7:0", "203.0.113.7"),
            ("\"203.0.113.7:50123\"", "203.0.113.7"),
            ("\"203.0.113.7\"", "203.0.113.7"),
            ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::7]:50123", "2001:db8:1:2::/64"),
            ("\"[2001:db8:1:2::7]:50123\"", "2001:db8:1:2::/64"),
            ("\"[2001:db8:1:2::7]\"", "2001:db8:1:2::/64"),
            ("[::ffff:203.0.113.7]:50123", "203.0.113.7"),
            ("198.51.100.9, 203.0.113.7:50123 , 10.0.0.5:443", "203.0.113.7"),
        ] {
            let found = client("10.0.0.5", &[("x-forwarded-for", entry)]);
            assert_eq!(found.as_deref(), Some(key), "{entry}");
        }
        for entry in [
            "203.0.113.7:",
            "203.0.113.7:+80",
            "203.0.113.7:65536",
            "[203.0.113.7]",
            "[203.0.113.7]:80",
            "[2001:db8::7",
            "2001:db8::7]:80",
            "\"203.0.113.7",
            "\"\"203.0.113.7\"\"",
            "fe80::1%eth0",
            "unknown",
            "_hidden",
            "for=203.0.113.7",
        ] {
            assert_eq!(client("10.0.0.5", &[("x-forwarded-for", entry)]), None, "{entry}");
        }
    }

    #[test]
    fn reading_stops_at_the_first_unreadable_entry() {
        let proxies = proxies(&["10.0.0.0/24"]);
        let read = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED_FOR, HeaderValue::from_bytes(value).unwrap());
            proxies.client(Peer::Address("10.0.0.5".parse().unwrap()), &headers)
        };
        let known = ClientAddress::Known("203.0.113.7".parse().unwrap());
        let unreadable = Forwarded { client: ClientAddress::Unknown, is_unreadable: true };
        for value in [&b"203.0.113.7, unknown"[..], b"203.0.113.7, unknown, 10.0.0.6", b"203.0.113.7, \xff"] {
            assert_eq!(read(value), unreadable, "{}", value.escape_ascii());
        }
        let long = [&b"a, ".repeat(2700)[..], b"203.0.113.7"].concat();
        for value in [&b"\xff\xfe, 203.0.113.7"[..], b"unknown, 203.0.113.7, 10.0.0.6", &long] {
            assert_eq!(
                read(value),
                Forwarded { client: known, is_unreadable: false },
                "{}",
                value.escape_ascii()
            );
        }
    }

    #[test]
    fn a_unix_peer_is_trusted_by_the_mode_or_by_its_user() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, HeaderValue::from_static("203.0.113.7"));
        let forwarded = ClientAddress::Known("203.0.113.7".parse().unwrap());
        for (trusted, uid, client) in [
            ("unix", Some(33), forwarded),
            ("unix", None, forwarded),
            ("uid:33", Some(33), forwarded),
            ("uid:33", Some(0), ClientAddress::Unknown),
            ("uid:33", None, ClientAddress::Unknown),
            ("10.0.0.5", Some(33), ClientAddress::Unknown),
        ] {
            let read = proxies(&[trusted]).client(Peer::Unix { uid }, &headers);
            assert_eq!(read, Forwarded { client, is_unreadable: false }, "{trusted} {uid:?}");
            // An address is never trusted because of a rule for Unix sockets.
            let loopback = Peer::Address("127.0.0.1".parse().unwrap());
            assert_ne!(proxies(&[trusted]).client(loopback, &headers).client, forwarded, "{trusted}");
        }
        let silent = proxies(&["unix"]).client(Peer::Unix { uid: Some(33) }, &HeaderMap::new());
        assert_eq!(silent.client, ClientAddress::Unknown);
    }

    #[test]
    fn an_address_that_all_clients_share_is_no_key() {
        let (plain, tls) =
            ("http://127.0.0.1:8080".parse().unwrap(), "https://auth.example".parse().unwrap());
        let key = |named: &[&str], peer: Peer, issuer: &Issuer| {
            key(proxies(named).client(peer, &HeaderMap::new()).client, issuer)
        };
        let loopback = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"];
        for peer in loopback.map(|address| Peer::Address(address.parse().unwrap())) {
            assert!(key(&[], peer, &plain).is_some(), "{peer:?}");
            assert_eq!(key(&[], peer, &tls), None, "{peer:?}");
            assert_eq!(key(&["10.0.0.5"], peer, &tls), None, "{peer:?}");
            for issuer in [&plain, &tls] {
                assert_eq!(key(&["127.0.0.0/8", "::1"], peer, issuer), None, "{peer:?}");
            }
        }
        for issuer in [&plain, &tls] {
            assert_eq!(key(&[], Peer::Unix { uid: Some(33) }, issuer), None);
            let other = Peer::Address("192.0.2.1".parse().unwrap());
            assert_eq!(key(&[], other, issuer).as_deref(), Some("192.0.2.1"));
            assert_eq!(key(&["192.0.2.0/24"], other, issuer), None);
        }
    }
}
