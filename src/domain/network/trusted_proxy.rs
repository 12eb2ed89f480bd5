//! Proxies whose forwarded addresses are believed.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;
use crate::domain::network::{Network, NetworkError};

/// The word for every process that can connect to a Unix socket.
const UNIX: &str = "unix";
/// The text in front of the name or number of a Unix user.
const UID: &str = "uid:";

/// A proxy whose `X-Forwarded-For` header is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProxy {
    /// Peers in a network.
    Network(Network),
    /// Every process that the mode of a Unix socket lets connect.
    Unix,
    /// Processes of one user that connect to a Unix socket.
    Uid(u32),
}

/// A proxy as an administrator names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyName {
    /// An address or a network.
    Network(Network),
    /// The word `unix` alone.
    Unix,
    /// The name or number of a Unix user.
    User(String),
}

/// The machine has no user with this name or number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no Unix user \"{0}\"")]
pub struct UnknownUser(String);

impl ProxyName {
    /// Returns the proxy. `user_id` returns the number of a Unix user by name or number.
    ///
    /// # Errors
    /// [`UnknownUser`] if `user_id` returns none.
    pub fn resolve(&self, user_id: impl Fn(&str) -> Option<u32>) -> Result<TrustedProxy, UnknownUser> {
        match self {
            Self::Network(network) => Ok(TrustedProxy::Network(*network)),
            Self::Unix => Ok(TrustedProxy::Unix),
            Self::User(user) => {
                user_id(user).map(TrustedProxy::Uid).ok_or_else(|| UnknownUser(shorten(user)))
            }
        }
    }
}

impl FromStr for ProxyName {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        match text.strip_prefix(UID) {
            Some(user) if !user.is_empty() => Ok(Self::User(user.to_owned())),
            None if text == UNIX => Ok(Self::Unix),
            _ => text.parse().map(Self::Network),
        }
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Unix => f.write_str(UNIX),
            Self::Uid(uid) => write!(f, "{UID}{uid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_network_a_socket_or_a_user() {
        let user_id = |user: &str| match user {
            "www-data" | "33" => Some(33),
            _ => None,
        };
        for (text, shown) in [
            ("10.0.0.5", "10.0.0.5"),
            ("fd00::/64", "fd00::/64"),
            ("unix", "unix"),
            ("uid:33", "uid:33"),
            ("uid:www-data", "uid:33"),
        ] {
            let proxy = text.parse::<ProxyName>().unwrap().resolve(user_id).unwrap();
            assert_eq!(proxy.to_string(), shown, "{text}");
        }
        let unknown = "uid:tech1".parse::<ProxyName>().unwrap().resolve(user_id).unwrap_err();
        assert_eq!(unknown.to_string(), "there is no Unix user \"tech1\"");
    }

    #[test]
    fn malformed_proxies_are_refused() {
        for text in ["", "UNIX", "unix:/run/a.sock", "uid:", "gid:33", "0.0.0.0/0"] {
            assert!(text.parse::<ProxyName>().is_err(), "{text}");
        }
    }
}
