//! Addresses of sockets: IP address and port, or the path of a Unix socket.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use crate::domain::name::shorten;

/// The text in front of the path of a Unix socket.
const UNIX: &str = "unix:";
/// The length of the path of a Unix socket in bytes: `sun_path` of Linux without its final NUL (unix(7)).
const LONGEST_PATH: usize = 107;

/// The address of a socket, such as `127.0.0.1:8080` or `unix:/run/apiconn/http.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// An IP address and a port.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// The reason why a text is not the address of a socket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListenAddressError {
    /// The text is neither an address with a port nor the path of a Unix socket.
    #[error(
        "\"{0}\" is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080, or unix:PATH; host names are not accepted"
    )]
    Form(String),
    /// The path is longer than the kernel allows.
    #[error("the path of a Unix socket has at most {LONGEST_PATH} bytes")]
    PathTooLong,
}

impl ListenAddress {
    /// Returns true if the address can be reached from this machine only.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<Self, ListenAddressError> {
        let form = || ListenAddressError::Form(shorten(text));
        let Some(path) = text.strip_prefix(UNIX) else {
            return text.parse().map(Self::Tcp).map_err(|_| form());
        };
        // A leading @ stands for an abstract address, which has no file mode and would let every local user connect.
        if path.is_empty() || path.starts_with('@') || path.ends_with('/') || path.contains('\0') {
            return Err(form());
        }
        if path.len() > LONGEST_PATH {
            return Err(ListenAddressError::PathTooLong);
        }
        Ok(Self::Unix(path.into()))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_it_is_parsed() {
        for (text, is_local) in [
            ("127.0.0.1:8080", true),
            ("127.7.7.7:0", true),
            ("[::1]:8080", true),
            ("[::ffff:127.0.0.1]:8080", true),
            ("unix:/run/apiconn/http.sock", true),
            ("unix:http.sock", true),
            ("0.0.0.0:8080", false),
            ("[::]:8080", false),
            ("192.0.2.1:8080", false),
        ] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.is_local()), (text, is_local));
        }
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for text in [
            "",
            "8080",
            "localhost:8080",
            "127.0.0.1",
            "::1:8080",
            "unix:",
            "unix:@apiconn",
            "unix:/run/",
            "Unix:/a",
        ] {
            assert_eq!(
                text.parse::<ListenAddress>(),
                Err(ListenAddressError::Form(text.to_owned())),
                "{text}"
            );
        }
        let longest = format!("unix:/{}", "a".repeat(106));
        assert!(longest.parse::<ListenAddress>().is_ok());
        assert_eq!(format!("{longest}a").parse::<ListenAddress>(), Err(ListenAddressError::PathTooLong));
    }
}
