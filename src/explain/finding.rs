//! Findings about the options of the service and about its store, with the command that ends each condition.

use std::fmt::Display;

use crate::domain::finding::{Finding, Severity};
use crate::domain::issuer::Issuer;
use crate::domain::network::listen_address::ListenAddress;
use crate::shell::word;

/// The address of the peer says nothing about the client, and no proxy is named that forwards it.
#[must_use]
pub fn no_proxy(listen: &ListenAddress, issuer: &Issuer) -> Finding {
    Finding {
        code: "no_proxy",
        severity: Severity::Warning,
        object: listen.to_string(),
        reason: match listen {
            ListenAddress::Tcp(address) => format!(
                "{issuer} is reached through a proxy, but no proxy is named for {listen}, so failed attempts are counted by \
                 account only, not by client address; start serve with --behind-proxy {} in addition",
                address.ip()
            ),
            ListenAddress::Unix(_) => format!(
                "connections to {listen} have no client address, and no proxy is named for it, so failed attempts are \
                 counted by account only; if a proxy connects to it, start serve with --behind-proxy unix in addition"
            ),
        },
        command: None,
    }
}

/// The issuer names another port than those that are listened on, and no proxy is in between.
#[must_use]
pub fn issuer_elsewhere(listen: &ListenAddress, issuer: &Issuer) -> Finding {
    Finding {
        code: "issuer_elsewhere",
        severity: Severity::Warning,
        object: listen.to_string(),
        reason: format!("clients are sent to {issuer}, but the service listens on {listen}"),
        command: match listen {
            // Another address than one of this machine cannot be an issuer without TLS.
            ListenAddress::Tcp(address) => format!("http://{address}").parse::<Issuer>().ok(),
            ListenAddress::Unix(_) => None,
        }
        .map(|issuer| format!("apiconn settings set issuer {}", word(issuer.as_str()))),
    }
}

/// Every user of the machine can connect to a Unix socket whose peers are trusted as proxies.
#[must_use]
pub fn socket_mode(listen: &ListenAddress, mode: u32) -> Finding {
    Finding {
        code: "socket_mode",
        severity: Severity::Warning,
        object: listen.to_string(),
        reason: format!(
            "every user of this machine can connect to {listen}, whose mode is {mode:o}, and is trusted as a proxy; start \
             serve with --socket-mode 0660 --socket-group GROUP in addition"
        ),
        command: None,
    }
}

/// As [`socket_mode`], for a socket that the parent process has bound.
#[must_use]
pub fn inherited_socket_mode(listen: &ListenAddress, mode: u32) -> Finding {
    Finding {
        reason: format!(
            "every user of this machine can connect to {listen}, whose mode is {mode:o}, and is trusted as a proxy; in the \
             socket unit, set SocketMode=0660 and SocketGroup="
        ),
        ..socket_mode(listen, mode)
    }
}

/// As [`socket_mode`], for an abstract address: it has no file, and so no mode.
#[must_use]
pub fn socket_abstract(listen: &ListenAddress) -> Finding {
    Finding {
        reason: format!(
            "every user of this machine can connect to {listen}, an abstract address without a mode, and is trusted as a \
             proxy; in the socket unit, listen on a path"
        ),
        ..socket_mode(listen, 0o777)
    }
}

/// Users other than the owner can access the store. `mode` is its permission bits.
#[must_use]
pub fn store_mode(store: &dyn Display, mode: u32) -> Finding {
    Finding {
        code: "store_mode",
        severity: Severity::Warning,
        object: store.to_string(),
        reason: format!("other users can access the store {store}, whose mode is {mode:o}"),
        command: Some(format!("chmod 600 {}", word(&store.to_string()))),
    }
}

/// Users other than the owner of the store can create files in its folder.
#[must_use]
pub fn store_folder(folder: &dyn Display, writers: &dyn Display) -> Finding {
    Finding {
        code: "store_folder",
        severity: Severity::Warning,
        object: folder.to_string(),
        reason: format!(
            "{writers} can create files in {folder}, the folder of the store; keep the store in a folder of its own that has \
             mode 700"
        ),
        // A folder such as /tmp must keep its mode.
        command: None,
    }
}

/// The store cannot be written. It may become writable later, and reads work until then.
#[must_use]
pub fn store_write(store: &dyn Display, error: &dyn Display) -> Finding {
    Finding {
        code: "store_write",
        severity: Severity::Error,
        object: store.to_string(),
        reason: format!("no token is issued until the store can be written: {error}"),
        command: None,
    }
}

/// The file system of the store has little space left.
#[must_use]
pub fn disk_space(store: &dyn Display, free: u64) -> Finding {
    Finding {
        code: "disk_space",
        severity: Severity::Warning,
        object: store.to_string(),
        reason: format!(
            "the file system of the store has {} KiB left; when it is full, no token is issued",
            free / 1024
        ),
        command: None,
    }
}

/// The logo of the settings cannot be shown.
#[must_use]
pub fn logo(file: &dyn Display, error: &dyn Display) -> Finding {
    Finding {
        code: "logo",
        severity: Severity::Warning,
        object: file.to_string(),
        reason: format!("the logo {file} is not shown: {error}"),
        command: Some("apiconn settings set logo_file FILE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_issuer_that_would_be_accepted_is_suggested() {
        let issuer: Issuer = "http://127.0.0.1:8080".parse().unwrap();
        let command = |listen: &str| issuer_elsewhere(&listen.parse().unwrap(), &issuer).command;
        for listen in ["127.0.0.1:18081", "[::1]:18081"] {
            assert_eq!(
                command(listen).unwrap().replace('\'', ""),
                format!("apiconn settings set issuer http://{listen}")
            );
        }
        for listen in
            ["0.0.0.0:18081", "[::]:18081", "192.0.2.7:18081", "[2001:db8::1]:80", "unix:/run/http.sock"]
        {
            assert_eq!(command(listen), None, "{listen}");
        }
    }
}
