//! Further host names under which the service may be called.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;

/// The maximum length of a host name in characters (RFC 1035 section 2.3.4).
const NAME_LENGTH: usize = 253;
/// The maximum length of a label in characters.
const LABEL_LENGTH: usize = 63;
/// The maximum number of names.
const NAMES: usize = 32;

/// Host names in lower case, without port and final dot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostNames(Vec<String>);

/// The reason why a text is not a list of host names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostNamesError {
    /// The text is not a host name.
    #[error(
        "\"{0}\" is not a host name such as auth.internal; write names without scheme, port, path and wildcard, separated by commas, or none"
    )]
    Form(String),
    /// The name has letters that a request contains in another form (RFC 5891).
    #[error("\"{0}\" has letters that requests contain in the form xn--…; write that form")]
    Unicode(String),
    /// Addresses are allowed in any case.
    #[error("\"{0}\" is an address, and addresses are allowed without this setting; write names")]
    Address(String),
    /// The list is too long.
    #[error("there may be {NAMES} names at most")]
    TooMany,
}

impl HostNames {
    /// Returns true if the host is one of the names. Case and one final dot do not matter.
    #[must_use]
    pub fn contains(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.0.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

impl FromStr for HostNames {
    type Err = HostNamesError;

    fn from_str(text: &str) -> Result<Self, HostNamesError> {
        if text == "none" {
            return Ok(Self::default());
        }
        let mut names: Vec<String> = Vec::new();
        for name in text.split(',').map(str::trim) {
            let name = checked(name)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.len() > NAMES { Err(HostNamesError::TooMany) } else { Ok(Self(names)) }
    }
}

/// Returns a name in its stored form.
fn checked(name: &str) -> Result<String, HostNamesError> {
    let shown = || shorten(name);
    if !name.is_ascii() {
        return Err(HostNamesError::Unicode(shown()));
    }
    let bare = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=LABEL_LENGTH).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if bare.len() > NAME_LENGTH || !bare.split('.').all(is_label) {
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        let is_address = literal.parse::<std::net::IpAddr>().is_ok();
        return Err(if is_address {
            HostNamesError::Address(shown())
        } else {
            HostNamesError::Form(shown())
        });
    }
    // Browsers read a host whose last label is a number as an IPv4 address.
    if bare.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(HostNamesError::Address(shown()));
    }
    Ok(bare)
}

impl fmt::Display for HostNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("none") } else { f.write_str(&self.0.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_one_final_dot() {
        let names: HostNames = "apiconn, Auth.Internal.,host.docker.internal,my_service".parse().unwrap();
        assert_eq!(names.to_string(), "apiconn,auth.internal,host.docker.internal,my_service");
        for host in ["apiconn", "APICONN", "apiconn.", "auth.internal", "my_service"] {
            assert!(names.contains(host), "{host}");
        }
        for host in ["", ".", "apiconn..", "xapiconn", "apiconn.evil.example", "internal", "auth_internal"] {
            assert!(!names.contains(host), "{host}");
        }
        assert_eq!("none".parse::<HostNames>().unwrap().to_string(), "none");
    }

    #[test]
    fn anything_but_a_name_is_refused() {
        let error = |text: &str| text.parse::<HostNames>().unwrap_err();
        for text in [
            "",
            ",",
            "a,,b",
            "*",
            "*.internal",
            "http://a",
            "a:80",
            "a/b",
            "a b",
            "-a",
            "a..b",
            ".a",
            "a_b-.c",
        ] {
            assert!(matches!(error(text), HostNamesError::Form(_)), "{text}");
        }
        assert!(matches!(error(&"a".repeat(64)), HostNamesError::Form(_)));
        assert!(matches!(error(&["a"; 200].join(".")), HostNamesError::Form(_)));
        assert!(matches!(error("g\u{e9}rate.example"), HostNamesError::Unicode(_)));
        for text in ["10.0.0.5", "[::1]", "fd00::1", "localhost.1", "2130706433"] {
            assert!(matches!(error(text), HostNamesError::Address(_)), "{text}");
        }
        let many: Vec<String> = (0..33).map(|number| format!("h{number}")).collect();
        assert_eq!(error(&many.join(",")), HostNamesError::TooMany);
        assert!(many[..32].join(",").parse::<HostNames>().is_ok());
    }
}
