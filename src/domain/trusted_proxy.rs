//! Proxies whose forwarded addresses are believed.

use std::fmt;

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

/// The reason why a text names no proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustedProxyError {
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The machine has no user with this name.
    #[error("there is no Unix user \"{0}\"")]
    NoUser(String),
}

impl TrustedProxy {
    /// Parses an address, a network, `unix` or `uid:USER`. `user_id` returns the number of a user by name.
    ///
    /// # Errors
    /// - [`TrustedProxyError::NoUser`] if `uid:` is followed by neither a number nor the name of a user;
    /// - [`TrustedProxyError::Network`] if another text is not a [`Network`].
    pub fn parse(text: &str, user_id: impl Fn(&str) -> Option<u32>) -> Result<Self, TrustedProxyError> {
        if text == UNIX {
            return Ok(Self::Unix);
        }
        let Some(user) = text.strip_prefix(UID) else {
            return Ok(Self::Network(text.parse()?));
        };
        let is_number = !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit());
        // The highest number means "no user" in system calls.
        let number = user.parse().ok().filter(|uid| is_number && *uid != u32::MAX);
        let uid = if is_number { number } else { user_id(user) };
        uid.map(Self::Uid).ok_or_else(|| TrustedProxyError::NoUser(shorten(user)))
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

    fn parse(text: &str) -> Result<TrustedProxy, TrustedProxyError> {
        TrustedProxy::parse(text, |name| (name == "www-data").then_some(33))
    }

    #[test]
    fn a_proxy_is_a_network_a_socket_or_a_user() {
        for (text, shown) in [
            ("10.0.0.5", "10.0.0.5"),
            ("fd00::/64", "fd00::/64"),
            ("unix", "unix"),
            ("uid:33", "uid:33"),
            ("uid:0", "uid:0"),
            ("uid:www-data", "uid:33"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn unknown_users_and_malformed_networks_are_refused() {
        for user in ["", "nginx", "4294967295", "4294967296", "+33", "-1", "33 "] {
            let refused = parse(&format!("uid:{user}"));
            assert_eq!(refused, Err(TrustedProxyError::NoUser(user.to_owned())), "{user}");
        }
        for text in ["", "UNIX", "unix:/run/a.sock", "gid:33", "0.0.0.0/0"] {
            assert!(matches!(parse(text), Err(TrustedProxyError::Network(_))), "{text}");
        }
    }
}
