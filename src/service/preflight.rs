//! Whether the service could be run so: everything that starting it would need is tried, and nothing is left behind.

use std::net::TcpListener;
use std::path::Path;

use crate::domain::issuer::Issuer;
use crate::store;
use crate::store::{Access, StoreLocation, StoreWarning};

use crate::service::{STORE_WAIT, ServeError, ServeOptions};

/// What was found, a sentence each; and what is worth a second look.
pub struct PreflightReport {
    /// How the service would be run.
    pub facts: Vec<String>,
    /// What works, and perhaps not as it was meant; each with a word for programs.
    pub doubts: Vec<(&'static str, String)>,
}

/// Tries everything that starting the service needs.
///
/// # Errors
/// Fails where [`crate::service::run`] would.
pub fn check(path: &Path, parts: &ServeOptions) -> Result<PreflightReport, ServeError> {
    parts.may_listen()?;
    let location = StoreLocation::parse(path.as_os_str())?;
    let store = store::open(&location, Access::Serve, STORE_WAIT)?;
    // Beginning a change tells whether there could be one; it ends without any.
    let write = store.write(parts.clock.as_ref())?;
    let (base, settings) = (write.base()?, write.settings()?);
    drop(write);
    let info = store.info()?;
    let mut taken = Vec::new();
    for (flag, address) in parts.addresses() {
        // Kept until all are tried: two of them may be the same.
        taken.push(TcpListener::bind(address).map_err(|error| ServeError::Listen {
            flag,
            address,
            why: error.to_string(),
        })?);
    }
    drop(taken);
    let issuer = parts.issuer.as_ref().unwrap_or(&settings.issuer);
    let mut doubts: Vec<_> = doubt(issuer, parts).into_iter().collect();
    for StoreWarning::ReachableByOthers { mode } in location.warnings() {
        let message = format!("others may reach the store: its mode is {mode:o}, and should be 600");
        doubts.push(("store_mode", message));
    }
    let proxies: Vec<String> = parts.behind_proxy.iter().map(ToString::to_string).collect();
    Ok(PreflightReport {
        facts: vec![
            format!("Store: {}, schema {}, {}", path.display(), info.schema, info.engine),
            format!("Base: {}, environment {}", base.name.as_str(), base.environment.as_str()),
            format!("Issuer: {issuer}"),
            format!("Listen: {}", parts.listen),
            format!("Proxies: {}", if proxies.is_empty() { "none".to_owned() } else { proxies.join(", ") }),
            parts.operations.map_or_else(|| "Operations: off".to_owned(), |at| format!("Operations: {at}")),
        ],
        doubts,
    })
}

/// What an issuer makes doubtful.
fn doubt(issuer: &Issuer, parts: &ServeOptions) -> Option<(&'static str, String)> {
    if issuer.as_str().starts_with("https://") {
        let message = format!(
            "{issuer} is reached through a proxy, and none is named, so that all its clients count as one address; add --behind-proxy ADDRESS"
        );
        return parts.behind_proxy.is_empty().then_some(("no_proxy", message));
    }
    let port = parts.listen.port();
    let message = format!("clients are sent to {issuer}, and this listens on port {port}");
    let elsewhere = port != 0 && !issuer.authority().ends_with(&format!(":{port}"));
    elsewhere.then_some(("issuer_elsewhere", message))
}
