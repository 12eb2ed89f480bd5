//! Host names that a request may name.
//!
//! A web page can make a browser send requests to a loopback address under the page's own host name (DNS rebinding), so a
//! request that names another host is refused before any handler runs.

use std::net::{IpAddr, SocketAddr};
use std::sync::{PoisonError, RwLock};

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

use crate::domain::issuer::Issuer;

/// Why a request is refused for the host that it names. `E` is the error of reading the current issuer.
#[derive(Debug)]
pub(crate) enum HostError<E> {
    /// The request has no `Host` header, or more than one.
    NotOnce,
    NotAllowed,
    Issuer(E),
}

/// The allowed host names: the issuer's, `localhost`, loopback addresses, and the address that is listened on.
pub(crate) struct AllowedHosts {
    listen: SocketAddr,
    /// Host and port of the issuer when it was last read.
    issuer: RwLock<String>,
    /// True if the issuer was given on the command line and cannot change.
    is_fixed: bool,
}

impl AllowedHosts {
    /// `is_fixed` means that `issuer` does not depend on the setting.
    pub(crate) fn new(listen: SocketAddr, issuer: &Issuer, is_fixed: bool) -> Self {
        Self { listen, issuer: RwLock::new(issuer.authority()), is_fixed }
    }

    /// Checks that a request names an allowed host, and no other host. `current_issuer` reads the setting.
    ///
    /// # Errors
    /// - [`HostError::NotOnce`] if there is not exactly one `Host` header;
    /// - [`HostError::NotAllowed`] if the header or the request target names another host;
    /// - [`HostError::Issuer`] if `current_issuer` fails.
    pub(crate) fn check<E>(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        current_issuer: impl Fn() -> Result<Issuer, E>,
    ) -> Result<(), HostError<E>> {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(HostError::NotOnce);
        };
        let host = host.to_str().map_err(|_| HostError::NotAllowed)?;
        // RFC 9112 section 3.2.2: the host of an absolute target takes precedence over the header. Here both must be allowed.
        let target = uri.authority().map(Authority::as_str);
        for name in std::iter::once(host).chain(target) {
            if !self.allows(name) && !self.is_current_issuer(name, &current_issuer)? {
                return Err(HostError::NotAllowed);
            }
        }
        Ok(())
    }

    fn allows(&self, name: &str) -> bool {
        if is_same_host(name, &self.issuer.read().unwrap_or_else(PoisonError::into_inner)) {
            return true;
        }
        // The port is ignored, because a client may reach a loopback address through a forwarded port.
        let host = match name.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => name,
        };
        if host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        literal.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address == self.listen.ip())
    }

    /// Compares with the setting as it is now, since it may have changed after it was last read.
    fn is_current_issuer<E>(
        &self,
        name: &str,
        current_issuer: impl Fn() -> Result<Issuer, E>,
    ) -> Result<bool, HostError<E>> {
        if self.is_fixed {
            return Ok(false);
        }
        let issuer = current_issuer().map_err(HostError::Issuer)?.authority();
        let is_same = is_same_host(name, &issuer);
        *self.issuer.write().unwrap_or_else(PoisonError::into_inner) = issuer;
        Ok(is_same)
    }
}

/// Compares a host with that of an issuer. The default port of the issuer's scheme may be left out.
fn is_same_host(name: &str, issuer: &str) -> bool {
    name.eq_ignore_ascii_case(issuer)
        || issuer
            .strip_suffix(":443")
            .or_else(|| issuer.strip_suffix(":80"))
            .is_some_and(|bare| name.eq_ignore_ascii_case(bare))
}
