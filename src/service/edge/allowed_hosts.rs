//! Which host a request may name. A page elsewhere can make a browser send requests to a loopback address under a name
//! of its own choice (DNS rebinding), so a name that is not ours is refused before any handler.

use std::net::{IpAddr, SocketAddr};
use std::sync::{PoisonError, RwLock};

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use crate::domain::redirect::Issuer;
use crate::store::Store;

use crate::store::StoreError;

/// Why a request is refused for the host that it names.
#[derive(Debug)]
pub(crate) enum HostError {
    /// It names no host, or more than one.
    NotOnce,
    /// The host is not one of the service's.
    NotAllowed,
    /// The store, which has the issuer, cannot be read.
    Store(StoreError),
}

impl From<StoreError> for HostError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The names that are ours: the issuer's, `localhost`, loopback addresses, and the address that is listened on.
pub(crate) struct AllowedHosts {
    listen: SocketAddr,
    /// The issuer's host and port as they were when last looked at.
    issuer: RwLock<String>,
    /// Whether the issuer was named on the command line, and so stays.
    fixed: bool,
}

impl AllowedHosts {
    /// The issuer is the setting's, unless it was named.
    pub(crate) fn new(listen: SocketAddr, issuer: &Issuer, named: bool) -> Self {
        Self { listen, issuer: RwLock::new(issuer.authority()), fixed: named }
    }

    /// Lets a request pass that names a host of ours, and no other beside it.
    ///
    /// # Errors
    /// Refuses a request without a host, with two, or with one that is not ours.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap, store: &dyn Store) -> Result<(), HostError> {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(HostError::NotOnce);
        };
        let host = host.to_str().map_err(|_| HostError::NotAllowed)?;
        // RFC 9112 section 3.2.2: a target with a host in it counts more than the header. Both have to be right here.
        let target = uri.authority().map(axum::http::uri::Authority::as_str);
        for named in std::iter::once(host).chain(target) {
            if !self.is_ours(named) && !self.is_ours_by_now(named, store)? {
                return Err(HostError::NotAllowed);
            }
        }
        Ok(())
    }

    fn is_ours(&self, named: &str) -> bool {
        if same(named, &self.issuer.read().unwrap_or_else(PoisonError::into_inner)) {
            return true;
        }
        // Which port they name does not matter: whoever has a way to a loopback address may have come by another.
        let host = match named.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => named,
        };
        if host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        literal.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address == self.listen.ip())
    }

    /// The setting may have been changed since it was looked at.
    fn is_ours_by_now(&self, named: &str, store: &dyn Store) -> Result<bool, StoreError> {
        if self.fixed {
            return Ok(false);
        }
        let issuer = store.read()?.settings()?.issuer.authority();
        let ours = same(named, &issuer);
        *self.issuer.write().unwrap_or_else(PoisonError::into_inner) = issuer;
        Ok(ours)
    }
}

/// Whether a host, with or without the port that its scheme has anyway, is that of an issuer.
fn same(named: &str, issuer: &str) -> bool {
    named.eq_ignore_ascii_case(issuer)
        || issuer
            .strip_suffix(":443")
            .or_else(|| issuer.strip_suffix(":80"))
            .is_some_and(|bare| named.eq_ignore_ascii_case(bare))
}
