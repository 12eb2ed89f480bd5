//! Finding, opening and creating the store of a run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::actions::base::{NewBase, initial_contents};
use crate::commands::context::ctx::Ctx;
use crate::domain::audit::Record;
use crate::domain::id::Environment;
use crate::domain::issuer::Issuer;
use crate::exit::Exit;
use crate::explain::finding;
use crate::failure::Failure;
use crate::store;
use crate::store::{Access, NewStore, Store, StoreError, StoreInfo, StoreLocation, StoreWarning};

/// The name of the base in a default store.
const DEFAULT_BASE: &str = "default";
/// The issuer of a new store if none is given.
const DEFAULT_ISSUER: &str = "http://127.0.0.1:8080";

impl Ctx<'_> {
    /// Returns the path of the store, and true if `--store` or `APICONN_STORE` names it.
    ///
    /// # Errors
    /// [`Failure`] with [`Exit::Usage`] if neither is given and there is no home folder.
    pub fn store_path(&self) -> Result<(PathBuf, bool), Failure> {
        let environment = self.system.environment;
        let named = self.globals.store.clone().or_else(|| environment.store.clone());
        match named {
            Some(path) => Ok((path, true)),
            None => environment.default_store().map(|path| (path, false)).ok_or_else(|| {
                Failure::usage("there is no home folder for the default store")
                    .hint("give the path of the store: --store PATH")
            }),
        }
    }

    /// Returns the open store, and opens it if necessary. The default store is created if a change needs it and
    /// [`Ctx::allow_store_creation`] was called.
    pub(super) fn open_store(&mut self, access: Access) -> Result<&dyn Store, Failure> {
        let is_open =
            self.store.as_ref().is_some_and(|(open, _)| access == Access::Read || *open == Access::Write);
        if !is_open {
            let (path, named) = self.store_path()?;
            let location = StoreLocation::parse(path.as_os_str()).map_err(StoreError::from)?;
            let store = match store::open(&location, access, self.wait()) {
                Err(StoreError::Missing(_)) if !named => {
                    if !self.creates_store || access == Access::Read || self.globals.dry_run {
                        return Err(Failure::from(StoreError::Missing(location)));
                    }
                    self.create_default_store(&path)?
                }
                result => result?,
            };
            for warning in location.warnings() {
                let finding = match warning {
                    StoreWarning::ReachableByOthers { mode } => finding::store_mode(&location, mode),
                    StoreWarning::FolderShared { folder, writers } => {
                        finding::store_folder(&folder.display(), &writers)
                    }
                };
                self.out.warn(&finding.into());
            }
            if self.globals.verbose {
                self.out.note(&format!("store {}", path.display()));
            }
            self.store = Some((access, store));
        }
        match &self.store {
            Some((_, store)) => Ok(store.as_ref()),
            None => Err(Failure::new(Exit::Failed, "failed", "the store was closed")),
        }
    }

    fn wait(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.globals.wait.millis()).unwrap_or(0))
    }

    fn create_default_store(&mut self, path: &Path) -> Result<Box<dyn Store>, Failure> {
        let new = NewBase {
            name: DEFAULT_BASE.parse().map_err(|_| Failure::usage("the default base has no valid name"))?,
            environment: Environment::Test,
            issuer: default_issuer()?,
        };
        match self.create_store(path, new) {
            Ok(store) => {
                self.out.note(&format!(
                    "Created the store {}: base \"{DEFAULT_BASE}\", environment test, issuer {DEFAULT_ISSUER}.",
                    path.display()
                ));
                self.out.note("To set another issuer: apiconn settings set issuer URL");
                self.out.note(
                    "To use another base or environment: apiconn init --store PATH --base NAME --env live",
                );
                Ok(store)
            }
            // Another process created it in the meantime.
            Err(StoreError::Exists(location)) => Ok(store::open(&location, Access::Write, self.wait())?),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the contents of a new store and its first audit record, without creating it.
    pub(crate) fn preview_store(&mut self, new: NewBase) -> (NewStore, Record) {
        initial_contents(&mut self.origin(), new)
    }

    /// Creates a store.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if the file exists; otherwise any other [`StoreError`].
    pub fn create_store(&mut self, path: &Path, new: NewBase) -> Result<Box<dyn Store>, StoreError> {
        let wait = self.wait();
        let (content, record) = self.preview_store(new);
        store::create(&StoreLocation::parse(path.as_os_str())?, &content, &record, wait)
    }

    /// Returns facts about the file of the store.
    ///
    /// # Errors
    /// [`Failure`] if the store cannot be opened.
    pub fn store_info(&mut self) -> Result<StoreInfo, Failure> {
        Ok(self.open_store(Access::Read)?.info()?)
    }
}

/// Returns the issuer of a new store if none is given.
///
/// # Errors
/// [`Failure`] if the constant is not a valid issuer. A test excludes this.
pub(crate) fn default_issuer() -> Result<Issuer, Failure> {
    DEFAULT_ISSUER.parse().map_err(|_| Failure::usage("the default issuer is not a valid address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_base_and_issuer_are_valid() {
        assert!(default_issuer().is_ok());
        assert!(DEFAULT_BASE.parse::<crate::domain::name::Text>().is_ok());
    }
}
