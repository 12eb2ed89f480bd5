//! What a command gets: its output, the world it came from, and the store, opened when it is first needed.

mod ask;
mod input;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::actions::base::{NewBase, found};
use crate::actions::{ActionError, Change, Origin, Outcome};
use crate::credentials::format::redact;
use crate::credentials::mint;
use crate::domain::audit::Record;
use crate::domain::id::{Environment as BaseEnvironment, OperationId};
use crate::domain::redirect::Issuer;
use crate::domain::time::Timestamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{Format, Output, Warning};
use crate::store;
use crate::store::{Access, NewStore, ReadTx, Store, StoreError};
use crate::system::Host;

use crate::commands::global::{ColorArg, GlobalArgs};

/// The base and issuer of a store that is made by itself.
const DEFAULT_BASE: &str = "default";
/// See [`DEFAULT_BASE`].
pub(crate) const DEFAULT_ISSUER: &str = "http://127.0.0.1:8080";

/// What a command gets.
pub struct Ctx<'a> {
    /// Where it prints.
    pub out: Output<'a>,
    /// The flags that every command takes.
    pub globals: GlobalArgs,
    /// Builds the whole command line, for help, manual pages and completion.
    pub command_line: fn() -> clap::Command,
    world: World<'a>,
    store: Option<(Access, Box<dyn Store>)>,
}

/// The rest of the host, and what the run was called with.
struct World<'a> {
    host: HostParts<'a>,
    arguments: &'a [OsString],
    operation: OperationId,
    /// Flags that would have answered what a person was asked.
    answers: Vec<&'static str>,
    committed: bool,
    makes_store: bool,
}

struct HostParts<'a> {
    environment: &'a crate::system::Environment,
    clock: &'a dyn crate::domain::time::Clock,
    random: &'a mut mint::Random,
    actor: &'a crate::domain::audit::Actor,
    stdin: &'a mut dyn std::io::Read,
    terminals: crate::system::Terminals,
}

impl<'a> Ctx<'a> {
    /// The context of one run.
    pub fn new(
        host: &'a mut Host,
        globals: GlobalArgs,
        arguments: &'a [OsString],
        command_line: fn() -> clap::Command,
    ) -> Self {
        let terminals = host.terminals;
        let format = match (globals.json, globals.output) {
            (true, _) => Format::Json,
            (false, Some(output)) => output.into(),
            (false, None) if terminals.stdout.is_some() => Format::Table,
            (false, None) => Format::Tsv,
        };
        let out = Output {
            stdout: &mut *host.stdout,
            stderr: &mut *host.stderr,
            format,
            fields: globals.fields.clone(),
            quiet: globals.quiet,
            colour: colour(globals.color, &host.environment, terminals.stderr),
            width: terminals.stdout.map_or(usize::MAX, usize::from),
            deferred: Output::deferred_messages(format, terminals.stderr),
            redact,
            clock: &*host.clock,
        };
        let operation = OperationId::from_random(&mint::id(&mut *host.random));
        let host = HostParts {
            environment: &host.environment,
            clock: &*host.clock,
            random: &mut *host.random,
            actor: &host.actor,
            stdin: &mut *host.stdin,
            terminals,
        };
        Self {
            out,
            globals,
            command_line,
            world: World {
                host,
                arguments,
                operation,
                answers: Vec::new(),
                committed: false,
                makes_store: false,
            },
            store: None,
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.world.host.clock.now()
    }

    /// The id of this run.
    pub fn operation(&self) -> String {
        self.world.operation.to_string()
    }

    /// Where the store lies, and whether somebody named it.
    ///
    /// # Errors
    /// Fails where nobody named a store and there is no home folder.
    pub fn store_path(&self) -> Result<(PathBuf, bool), Failure> {
        let environment = self.world.host.environment;
        let named = self.globals.store.clone().or_else(|| environment.store.clone());
        match named {
            Some(path) => Ok((path, true)),
            None => environment.default_store().map(|path| (path, false)).ok_or_else(|| {
                Failure::usage("there is no home folder to keep a store in")
                    .hint("name one with --store PATH")
            }),
        }
    }

    fn wait(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.globals.wait.millis()).unwrap_or(0))
    }

    /// The open store. A store that nobody named and that is not there yet is made for a change, and only then.
    fn store(&mut self, access: Access) -> Result<&dyn Store, Failure> {
        let enough =
            self.store.as_ref().is_some_and(|(open, _)| access == Access::Read || *open == Access::Write);
        if !enough {
            let (path, named) = self.store_path()?;
            let store = match store::open(&path, access, self.wait()) {
                Err(StoreError::Missing(_)) if !named => {
                    if !self.world.makes_store || access == Access::Read || self.globals.dry_run {
                        return Err(Failure::from(StoreError::Missing(path)));
                    }
                    self.make_default_store(&path)?
                }
                opened => opened?,
            };
            if let Some(mode) = store.loose_mode() {
                let message = format!(
                    "others may reach the store {}: its mode is {:o}; chmod 600 mends that",
                    path.display(),
                    mode
                );
                self.out.warn(&Warning { code: "store_mode", message });
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

    fn make_default_store(&mut self, path: &std::path::Path) -> Result<Box<dyn Store>, Failure> {
        let new = NewBase {
            name: DEFAULT_BASE.parse().map_err(|_| Failure::usage("the default base has no name"))?,
            environment: BaseEnvironment::Test,
            issuer: default_issuer()?,
        };
        match self.create_store(path, new) {
            Ok(store) => {
                self.out.note(&format!(
                    "Made the store {}: base \"{DEFAULT_BASE}\", environment test, issuer {DEFAULT_ISSUER}.",
                    path.display()
                ));
                self.out.note(
                    "Another issuer: apiconn settings set issuer URL. Another base or environment: apiconn init --store PATH --base NAME --env live.",
                );
                Ok(store)
            }
            // Another process was quicker, and its store is as good.
            Err(StoreError::Exists(_)) => Ok(store::open(path, Access::Write, self.wait())?),
            Err(error) => Err(error.into()),
        }
    }

    /// What a new store would begin with.
    pub(crate) fn preview_store(&mut self, new: NewBase) -> (NewStore, Record) {
        found(&mut self.origin(), new)
    }

    /// Makes a store.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is a file already.
    pub fn create_store(
        &mut self,
        path: &std::path::Path,
        new: NewBase,
    ) -> Result<Box<dyn Store>, StoreError> {
        let wait = self.wait();
        let (content, record) = self.preview_store(new);
        store::create(path, &content, &record, wait)
    }

    fn origin(&mut self) -> Origin<'_> {
        let host = &mut self.world.host;
        Origin {
            clock: host.clock,
            random: &mut *host.random,
            actor: host.actor,
            reason: self.globals.reason.clone(),
            operation: self.world.operation.clone(),
            dry_run: self.globals.dry_run,
        }
    }

    /// Reads the store in one snapshot.
    ///
    /// # Errors
    /// Fails where the store cannot be read or the reading fails.
    pub fn read<T>(
        &mut self,
        read: impl FnOnce(&dyn ReadTx, Timestamp) -> Result<T, ActionError>,
    ) -> Result<T, Failure> {
        let now = self.now();
        let store = self.store(Access::Read)?;
        let snapshot = store.read()?;
        Ok(read(snapshot.as_ref(), now)?)
    }

    /// Changes the store in one transaction; when this has returned, the change lasts.
    ///
    /// # Errors
    /// Fails where the store cannot be written or the change is refused; then nothing was changed.
    pub(crate) fn change<T>(
        &mut self,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, ActionError>,
    ) -> Result<(T, Outcome), Failure> {
        self.try_change(make)
    }

    /// The same, for changes that can be refused by more than an action.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub(crate) fn try_change<T, E>(
        &mut self,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<(T, Outcome), Failure>
    where
        Failure: From<E>,
    {
        self.store(Access::Write)?;
        let Some((access, store)) = self.store.take() else {
            return Err(Failure::new(Exit::Failed, "failed", "the store was closed"));
        };
        let result = Self::run_change(&mut self.origin(), store.as_ref(), make);
        self.store = Some((access, store));
        self.world.committed |= matches!(result, Ok((_, Outcome::Changed)));
        result
    }

    fn run_change<T, E>(
        origin: &mut Origin<'_>,
        store: &dyn Store,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<(T, Outcome), Failure>
    where
        Failure: From<E>,
    {
        let mut change = origin.begin(store)?;
        let result = make(&mut change)?;
        let outcome = change.finish()?;
        Ok((result, outcome))
    }

    /// Whether a change of this run lasts, whatever fails afterwards.
    #[must_use]
    pub(crate) const fn has_committed(&self) -> bool {
        self.world.committed
    }

    /// Lets a missing store that nobody named be made: for commands that add something, since to revoke or to edit in an
    /// empty store can only fail.
    pub(crate) const fn may_make_store(&mut self) {
        self.world.makes_store = true;
    }

    /// Facts about the store's file.
    ///
    /// # Errors
    /// Fails where the store cannot be opened.
    pub fn store_info(&mut self) -> Result<crate::store::StoreInfo, Failure> {
        Ok(self.store(Access::Read)?.info()?)
    }
}

/// Whether messages take colour.
#[must_use]
pub(crate) const fn colour(
    choice: ColorArg,
    environment: &crate::system::Environment,
    is_terminal: bool,
) -> bool {
    match choice {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => is_terminal && !environment.no_color,
    }
}

/// The issuer of a new store unless one is named.
///
/// # Errors
/// Cannot fail: the constant is an address, which a test holds.
pub(crate) fn default_issuer() -> Result<Issuer, Failure> {
    DEFAULT_ISSUER.parse().map_err(|_| Failure::usage("the default issuer is no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_fit_to_be_stored() {
        assert!(default_issuer().is_ok());
        assert!(DEFAULT_BASE.parse::<crate::domain::name::Text>().is_ok());
    }
}
