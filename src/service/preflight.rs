//! `serve --check`: tries the steps of starting the service, and leaves nothing behind. The service itself reports the same
//! findings when it starts.

use std::path::Path;

use crate::domain::finding::Finding;
use crate::domain::issuer::Issuer;
use crate::domain::network::listen_address::ListenAddress;
use crate::domain::network::trusted_proxy::TrustedProxy;
use crate::domain::settings::Settings;
use crate::explain::finding;
use crate::store;
use crate::store::{Access, StoreLocation, StoreWarning};

use crate::service::options::{STORE_WAIT, ServeError, ServeOptions};
use crate::service::pages::Logo;
use crate::service::sockets::{InheritedAccess, ListenerKind, SocketSource};

/// Space on the file system of the store, in bytes, below which it is reported.
const LITTLE_SPACE: u64 = 64 * 1024 * 1024;

/// Result of a check that found no error.
pub struct PreflightReport {
    /// The options with which the service would run, one sentence each.
    pub facts: Vec<String>,
    pub findings: Vec<Finding>,
}

/// Opens the store, commits a change and takes it back, and binds every socket.
///
/// # Errors
/// [`ServeError::Store`] if the store cannot be written; otherwise the [`ServeError`] that [`crate::service::run`] would
/// return.
pub fn check(path: &Path, options: ServeOptions) -> Result<PreflightReport, ServeError> {
    options.check_addresses()?;
    let location = StoreLocation::parse(path.as_os_str())?;
    let store = store::open(&location, Access::Serve, STORE_WAIT)?;
    store.check_writable(options.clock.as_ref())?;
    let (base, settings) = {
        let read = store.read()?;
        (read.base()?, read.settings()?)
    };
    let info = store.info()?;
    let issuer = options.issuer.as_ref().unwrap_or(&settings.issuer);
    let mut findings = findings(&location, &options, issuer);
    findings.extend(read_logo(&settings).err());
    let list = |kind: ListenerKind| {
        let sockets = options.sockets.all().filter(|(of, _)| *of == kind);
        sockets.map(|(_, socket)| socket.address().to_string()).collect::<Vec<_>>()
    };
    let proxies = options.behind_proxy.iter().map(ToString::to_string).collect::<Vec<_>>();
    let or = |texts: &[String], none: &str| {
        if texts.is_empty() { none.to_owned() } else { texts.join(", ") }
    };
    let facts = vec![
        format!("Store: {}, schema {}, {}", path.display(), info.schema, info.engine),
        format!("Base: {}, environment {}", base.name.as_str(), base.environment.as_str()),
        format!("Issuer: {issuer}"),
        format!("Listen: {}", list(ListenerKind::Service).join(", ")),
        format!("Proxies: {}", or(&proxies, "none")),
        format!("Operations: {}", or(&list(ListenerKind::Operations), "off")),
    ];
    // Two addresses may be equal, so no socket is closed before all are bound.
    drop(options.sockets.bind()?);
    Ok(PreflightReport { facts, findings })
}

/// Returns the findings about the options and the store's file.
pub(crate) fn findings(location: &StoreLocation, options: &ServeOptions, issuer: &Issuer) -> Vec<Finding> {
    let mut findings: Vec<_> = no_proxy(options, issuer).chain(issuer_elsewhere(options, issuer)).collect();
    findings.extend(socket_mode(options));
    findings.extend(location.warnings().into_iter().map(|warning| match warning {
        StoreWarning::ReachableByOthers { mode } => finding::store_mode(location, mode),
        StoreWarning::FolderShared { folder, writers } => finding::store_folder(&folder.display(), &writers),
    }));
    let folder = location.path().parent().filter(|folder| !folder.as_os_str().is_empty());
    // An unknown amount of space is no finding: a commit shows whether the store can be written.
    if let Ok(space) = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))) {
        let free = space.f_bavail.saturating_mul(space.f_frsize);
        if free < LITTLE_SPACE {
            findings.push(finding::disk_space(location, free));
        }
    }
    findings
}

/// Reads the logo that the settings name.
///
/// # Errors
/// The [`Finding`] if its file cannot be the logo.
pub(crate) fn read_logo(settings: &Settings) -> Result<Option<Logo>, Finding> {
    let Some(file) = settings.logo_file.as_ref() else { return Ok(None) };
    Logo::read(file).map(Some).map_err(|error| finding::logo(file, &error))
}

/// Returns the sockets of the service whose peers are proxies that are not named: their address says nothing about the client.
fn no_proxy(options: &ServeOptions, issuer: &Issuer) -> impl Iterator<Item = Finding> {
    let names = |is_named: &dyn Fn(&TrustedProxy) -> bool| options.behind_proxy.iter().any(is_named);
    options
        .sockets
        .service
        .iter()
        .map(SocketSource::address)
        .filter(move |address| match address {
            ListenAddress::Tcp(address) if address.ip().to_canonical().is_loopback() => {
                let is_named = |proxy: &TrustedProxy| match proxy {
                    TrustedProxy::Network(network) => network.contains(address.ip()),
                    TrustedProxy::Unix | TrustedProxy::Uid(_) => false,
                };
                issuer.has_tls() && !names(&is_named)
            }
            // Served only behind a proxy that is named.
            ListenAddress::Tcp(_) => false,
            ListenAddress::Unix(_) => {
                !names(&|proxy| matches!(proxy, TrustedProxy::Unix | TrustedProxy::Uid(_)))
            }
        })
        .map(|address| finding::no_proxy(address, issuer))
}

/// Returns the first TCP socket of the service, if none has the port of an issuer without TLS.
fn issuer_elsewhere(options: &ServeOptions, issuer: &Issuer) -> Option<Finding> {
    let ports: Vec<_> = options
        .sockets
        .service
        .iter()
        .map(SocketSource::address)
        .filter_map(|address| match address {
            ListenAddress::Tcp(tcp) => Some((address, tcp.port())),
            ListenAddress::Unix(_) => None,
        })
        .collect();
    let authority = issuer.authority();
    // Port 0 stands for a port that the kernel chooses.
    let fits = |port: u16| port == 0 || authority.ends_with(&format!(":{port}"));
    let (address, _) =
        ports.first().filter(|_| !issuer.has_tls() && !ports.iter().any(|(_, port)| fits(*port)))?;
    Some(finding::issuer_elsewhere(address, issuer))
}

/// Returns the Unix sockets to which every user can connect, if their peers are trusted.
fn socket_mode(options: &ServeOptions) -> impl Iterator<Item = Finding> {
    let is_open = |mode: &u32| mode & 0o002 != 0;
    let bound = Some(options.sockets.unix_access.mode).filter(is_open);
    let are_trusted = options.behind_proxy.contains(&TrustedProxy::Unix);
    options.sockets.service.iter().filter(move |_| are_trusted).filter_map(move |socket| {
        let address = socket.address();
        match socket {
            SocketSource::Bind(ListenAddress::Tcp(_)) => None,
            SocketSource::Bind(ListenAddress::Unix(_)) => Some(finding::socket_mode(address, bound?)),
            SocketSource::Inherited(socket) => match socket.unix_access()? {
                InheritedAccess::Abstract => Some(finding::socket_abstract(address)),
                InheritedAccess::Mode(mode) => {
                    Some(finding::inherited_socket_mode(address, Some(mode).filter(is_open)?))
                }
            },
        }
    })
}
