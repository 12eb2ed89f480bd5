//! Address of the client: the peer's, or the one that a trusted proxy forwards. Host names are never resolved.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderName};

use crate::domain::network::{Network, masked};
use crate::domain::throttle::AddressRange;

/// The only forwarding header that is read. Host and scheme come from the issuer.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Prefix length of the network that counts as one client: a subscriber usually has a whole /64 and can use any address in it.
const IPV6_PREFIX: u8 = 64;

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub IpAddr);

impl Peer {
    /// Peer of a request without a connection, as in a test.
    pub(crate) const UNKNOWN: Self = Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
}

/// Address of the client, as far as the proxies can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Returns the ranges of addresses for which failures are counted.
    pub(crate) fn ranges(self) -> Vec<AddressRange> {
        AddressRange::of(self.0)
    }

    /// Returns the key under which connections are counted: an IPv4 address, or the /64 network of an IPv6 address.
    pub(crate) fn throttle_key(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(_) => format!("{}/{IPV6_PREFIX}", masked(self.0, IPV6_PREFIX)),
        }
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

/// Networks of the proxies in front of the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<Network>);

impl Proxies {
    /// Trusts the `X-Forwarded-For` header of these networks.
    pub(crate) const fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Returns true if the number of connections from this address is not limited: a proxy has the connections of many
    /// clients, and a loopback address is trusted.
    pub(crate) fn is_unlimited(&self, peer: IpAddr) -> bool {
        peer.to_canonical().is_loopback() || self.contains(peer)
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Returns the address of the client. Each proxy appends the address of its peer, so the last address that is not a
    /// proxy's is the last one that the client could not forge. If an entry is malformed, the peer is the client.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.0;
        if !self.contains(client) {
            return client.into();
        }
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            let Ok(line) = line.to_str() else { return peer.0.into() };
            for entry in line.rsplit(',') {
                let Ok(address) = entry.trim_matches([' ', '\t']).parse::<IpAddr>() else {
                    return peer.0.into();
                };
                client = address;
                if !self.contains(client) {
                    return client.into();
                }
            }
        }
        client.into()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        let proxies = Proxies::new(vec!["10.0.0.5".parse().unwrap(), "fd00::/64".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        proxies.client(Peer(peer.parse().unwrap()), &headers).throttle_key()
    }

    #[test]
    fn only_a_configured_proxy_is_trusted() {
        let forged = [("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("10.0.0.5", &forged), "203.0.113.7");
        assert_eq!(client("::ffff:10.0.0.5", &forged), "203.0.113.7");
        assert_eq!(client("fd00::9", &forged), "203.0.113.7");
        assert_eq!(client("10.0.0.6", &forged), "10.0.0.6");
        assert_eq!(client("127.0.0.1", &forged), "127.0.0.1");
    }

    #[test]
    fn the_last_address_that_is_not_a_proxy_is_the_client() {
        for lines in [
            &[("x-forwarded-for", "1.1.1.1, 2.2.2.2,203.0.113.7")][..],
            &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.7")],
            &[("x-forwarded-for", "nonsense, 203.0.113.7,\t10.0.0.5 , fd00::1")],
            &[("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "10.0.0.5")],
        ] {
            assert_eq!(client("10.0.0.5", lines), "203.0.113.7", "{lines:?}");
        }
        // Only proxies: the first one is the client.
        assert_eq!(client("10.0.0.5", &[("x-forwarded-for", "fd00::1, 10.0.0.5")]), "fd00::/64");
    }

    #[test]
    fn a_malformed_entry_or_another_header_is_ignored() {
        for lines in [
            &[][..],
            &[("x-forwarded-for", "")],
            &[("x-forwarded-for", "203.0.113.7, localhost")],
            &[("x-forwarded-for", "203.0.113.7, 10.0.0.999")],
            &[("x-forwarded-for", "203.0.113.7:443")],
            &[("x-forwarded-for", "203.0.113.7,")],
            &[("x_forwarded_for", "203.0.113.7")],
            &[("forwarded", "for=203.0.113.7")],
            &[("x-real-ip", "203.0.113.7")],
            &[("x-client-ip", "203.0.113.7")],
            &[("true-client-ip", "203.0.113.7")],
            &[("cf-connecting-ip", "203.0.113.7")],
        ] {
            assert_eq!(client("10.0.0.5", lines), "10.0.0.5", "{lines:?}");
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_throttle_key() {
        let key = |address: &str| ClientAddress::from(address.parse::<IpAddr>().unwrap()).throttle_key();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:3::1"), "2001:db8:1:3::/64");
        assert_eq!(key("::ffff:203.0.113.7"), "203.0.113.7");
    }
}
