//! Networks: which peers an administrator means.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::domain::name::shorten;

/// One address, or all that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Why text names no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Neither an address nor a network.
    #[error("\"{0}\" is not an address; write 10.0.0.5, 10.0.0.0/24 or fd00::/64 (names are not looked up)")]
    Form(String),
    /// An address with more bits than its prefix keeps.
    #[error(
        "\"{0}\" is an address within a network, and not the network; the bits behind its prefix must be 0"
    )]
    HostBits(String),
    /// Everybody.
    #[error("\"{0}\" is every address there is, and not everybody is a proxy")]
    Everybody(String),
}

impl Network {
    /// Whether the address is in it. An IPv4 address is the same in the clothes of IPv6.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.address.is_ipv4() == address.is_ipv4() && masked(address, self.prefix) == self.address
    }
}

/// The address with all behind the prefix set to 0.
#[must_use]
pub fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let mask = |width: u8| u128::MAX.checked_shl(u32::from(width.saturating_sub(prefix))).unwrap_or(0);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::try_from(mask(32) & u128::from(u32::MAX)).unwrap_or_default();
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & mask(128)).into()),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let form = || NetworkError::Form(shorten(text));
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, prefix)| (a, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| form())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= width).ok_or_else(form)?
            }
            Some(_) => return Err(form()),
        };
        if prefix == 0 {
            return Err(NetworkError::Everybody(shorten(text)));
        }
        // Peers are compared in their plain clothes, so no peer would ever be in such a network.
        if address.to_canonical() != address {
            return Err(form());
        }
        if masked(address, prefix) != address {
            return Err(NetworkError::HostBits(shorten(text)));
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        if self.prefix == whole { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_alike() {
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
    fn text_that_names_no_network_is_refused() {
        for text in [
            "",
            "*",
            "proxy.example",
            "10.0.0.5:80",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "fd00::/129",
            "::ffff:10.0.0.5",
        ] {
            assert!(matches!(text.parse::<Network>(), Err(NetworkError::Form(_))), "{text}");
        }
        assert!(matches!("10.0.0.5/24".parse::<Network>(), Err(NetworkError::HostBits(_))));
        for text in ["0.0.0.0/0", "::/0"] {
            assert!(matches!(text.parse::<Network>(), Err(NetworkError::Everybody(_))), "{text}");
        }
    }
}
