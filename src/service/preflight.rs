//! `serve --check`: tries the steps of starting the service, and leaves nothing behind.

use std::fmt;
use std::net::TcpListener;
use std::path::Path;

use crate::domain::issuer::Issuer;
use crate::store;
use crate::store::{Access, StoreLocation, StoreWarning};

use crate::service::options::{STORE_WAIT, ServeError, ServeOptions};

/// Result of a check that found no error.
pub struct PreflightReport {
    /// The options with which the service would run, one sentence each.
    pub facts: Vec<String>,
    pub warnings: Vec<PreflightWarning>,
}

/// A combination of options that works and is probably a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreflightWarning {
    /// The issuer has TLS, which only a proxy can add, and no proxy is named.
    NoProxy {
        issuer: Issuer,
    },
    /// The issuer names another port than the one to listen on, and there is no proxy.
    OtherPort {
        issuer: Issuer,
        port: u16,
    },
    Store(StoreWarning),
}

impl PreflightWarning {
    /// Returns the code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoProxy { .. } => "no_proxy",
            Self::OtherPort { .. } => "issuer_elsewhere",
            Self::Store(warning) => warning.code(),
        }
    }
}

impl fmt::Display for PreflightWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProxy { issuer } => write!(
                f,
                "{issuer} is reached through a proxy, but no proxy is named, so all clients count as one address"
            ),
            Self::OtherPort { issuer, port } => {
                write!(f, "clients are sent to {issuer}, but the service listens on port {port}")
            }
            Self::Store(StoreWarning::ReachableByOthers { mode }) => {
                write!(f, "other users can reach the store: its mode is {mode:o}, and should be 600")
            }
            Self::Store(StoreWarning::FolderShared { folder, writers }) => {
                write!(f, "{writers} can create files in {}, the folder of the store", folder.display())
            }
        }
    }
}

/// Opens the store, begins a change, and binds every address.
///
/// # Errors
/// [`ServeError::Store`] if the store cannot be written; otherwise the [`ServeError`] that [`crate::service::run`] would
/// return.
pub fn check(path: &Path, options: &ServeOptions) -> Result<PreflightReport, ServeError> {
    options.check_addresses()?;
    let location = StoreLocation::parse(path.as_os_str())?;
    let store = store::open(&location, Access::Serve, STORE_WAIT)?;
    // Beginning a change shows that the store can be written. It is dropped without a commit.
    let write = store.write(options.clock.as_ref())?;
    let (base, settings) = (write.base()?, write.settings()?);
    drop(write);
    let info = store.info()?;
    // Two addresses may be equal, so no listener is closed before all are bound.
    let mut listeners = Vec::new();
    for (listener, address) in options.addresses() {
        let bound = TcpListener::bind(address);
        listeners.push(bound.map_err(|source| ServeError::Listen { listener, address, source })?);
    }
    drop(listeners);
    let issuer = options.issuer.as_ref().unwrap_or(&settings.issuer);
    let mut warnings: Vec<_> = issuer_warning(issuer, options).into_iter().collect();
    warnings.extend(location.warnings().into_iter().map(PreflightWarning::Store));
    let proxies: Vec<String> = options.behind_proxy.iter().map(ToString::to_string).collect();
    Ok(PreflightReport {
        facts: vec![
            format!("Store: {}, schema {}, {}", path.display(), info.schema, info.engine),
            format!("Base: {}, environment {}", base.name.as_str(), base.environment.as_str()),
            format!("Issuer: {issuer}"),
            format!("Listen: {}", options.listen),
            format!("Proxies: {}", if proxies.is_empty() { "none".to_owned() } else { proxies.join(", ") }),
            options.operations.map_or_else(|| "Operations: off".to_owned(), |at| format!("Operations: {at}")),
        ],
        warnings,
    })
}

fn issuer_warning(issuer: &Issuer, options: &ServeOptions) -> Option<PreflightWarning> {
    if issuer.as_str().starts_with("https://") {
        return options.behind_proxy.is_empty().then(|| PreflightWarning::NoProxy { issuer: issuer.clone() });
    }
    let port = options.listen.port();
    // Port 0 stands for a port that the kernel chooses.
    let differs = port != 0 && !issuer.authority().ends_with(&format!(":{port}"));
    differs.then(|| PreflightWarning::OtherPort { issuer: issuer.clone(), port })
}
