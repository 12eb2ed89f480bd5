//! Networks, by which the service recognises its proxies, and addresses of sockets.

pub mod listen_address;
pub mod trusted_proxy;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::domain::name::shorten;

/// An address or a network in CIDR notation, such as `10.0.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

/// The reason why a text is not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The text is neither an address nor a network.
    #[error("\"{0}\" is not an address; write 10.0.0.5, 10.0.0.0/24 or fd00::/64 (names are not looked up)")]
    Form(String),
    /// The address has bits after its prefix.
    #[error("\"{0}\" is an address in a network, not the network; the bits after the prefix must be 0")]
    HostBits(String),
    /// The network contains every address.
    #[error("\"{0}\" contains every address, so every peer would be trusted as a proxy")]
    EveryAddress(String),
}

impl Network {
    /// Returns true if the network contains the address. An IPv4 address mapped to IPv6 counts as the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// Returns the address with every bit after the prefix set to 0. A longer prefix than the address has bits keeps all of them.
#[must_use]
pub fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    IpNet::new(address, prefix).map_or(address, |network| network.network())
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let form = || NetworkError::Form(shorten(text));
        let network = if let Ok(address) = text.parse::<IpAddr>() {
            IpNet::from(address)
        } else {
            // The parser of the standard library rejects leading zeros, which some programs read as octal.
            let (address, prefix) = text.split_once('/').ok_or_else(form)?;
            let address = address.parse::<IpAddr>().map_err(|_| form())?;
            let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
            let prefix = prefix.parse::<u8>().ok().filter(|_| digits).ok_or_else(form)?;
            IpNet::new(address, prefix).map_err(|_| form())?
        };
        if network.prefix_len() == 0 {
            return Err(NetworkError::EveryAddress(shorten(text)));
        }
        // Peers are compared in their canonical form, so no peer would match a mapped address.
        if network.addr().to_canonical() != network.addr() {
            return Err(form());
        }
        if network.trunc() != network {
            return Err(NetworkError::HostBits(shorten(text)));
        }
        Ok(Self(network))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            write!(f, "{}", self.0.addr())
        } else {
            write!(f, "{}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_the_addresses_with_its_prefix() {
        for (network, inside, outside) in [
            ("10.0.0.5", "10.0.0.5", "10.0.0.6"),
            ("10.0.0.5", "::ffff:10.0.0.5", "::10.0.0.5"),
            ("10.0.0.0/24", "10.0.0.255", "10.0.1.0"),
            ("128.0.0.0/1", "255.0.0.1", "127.0.0.1"),
            ("fd00:1:2:3::/64", "fd00:1:2:3:ffff::1", "fd00:1:2:4::1"),
            ("::1", "::1", "127.0.0.1"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.to_string(), network);
            assert!(parsed.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} {outside}");
        }
    }

    #[test]
    fn a_mask_keeps_the_prefix() {
        for (address, prefix, expected) in [
            ("10.1.2.3", 8, "10.0.0.0"),
            ("10.1.2.3", 0, "0.0.0.0"),
            ("10.1.2.3", 32, "10.1.2.3"),
            ("10.1.2.3", 64, "10.1.2.3"),
            ("fd00:1:2:3:4:5:6:7", 64, "fd00:1:2:3::"),
        ] {
            assert_eq!(masked(address.parse().unwrap(), prefix).to_string(), expected, "{address}/{prefix}");
        }
    }

    #[test]
    fn malformed_networks_are_refused() {
        for text in [
            "",
            "*",
            "proxy.example",
            "10.0.0.5:80",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/08x",
            "010.0.0.0/8",
            "010.0.0.5",
            "10.00.0.0/16",
            "10.0.0.0/",
            "10.0.0.0/8/8",
            "fd00::/129",
            "::ffff:10.0.0.5",
            "::ffff:10.0.0.0/120",
        ] {
            assert!(matches!(text.parse::<Network>(), Err(NetworkError::Form(_))), "{text}");
        }
        assert!(matches!("10.0.0.5/24".parse::<Network>(), Err(NetworkError::HostBits(_))));
        for text in ["0.0.0.0/0", "::/0"] {
            assert!(matches!(text.parse::<Network>(), Err(NetworkError::EveryAddress(_))), "{text}");
        }
    }
}
