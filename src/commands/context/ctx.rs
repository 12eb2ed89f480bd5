//! The context that every command gets.

use std::ffi::OsString;

use crate::commands::global::{ColorArg, GlobalArgs};
use crate::credentials::format::redact;
use crate::credentials::mint;
use crate::domain::audit::Actor;
use crate::domain::id::OperationId;
use crate::domain::time::{Clock, Timestamp};
use crate::render::{Format, Output};
use crate::store::{Access, Store};
use crate::system::{EnvironmentVariables, System, Terminals};

/// The context of one run. The store is opened when a command first needs it.
pub struct Ctx<'a> {
    pub out: Output<'a>,
    pub globals: GlobalArgs,
    /// Returns the definition of the whole command line, for help, manual pages and completion.
    pub command_line: fn() -> clap::Command,
    pub(super) system: SystemParts<'a>,
    /// The arguments of the process, the name of the program first.
    pub(super) arguments: &'a [OsString],
    pub(super) operation: OperationId,
    /// Flags that would have answered the questions that were asked.
    pub(super) answer_flags: Vec<&'static str>,
    pub(super) committed: bool,
    pub(super) creates_store: bool,
    pub(super) store: Option<(Access, Box<dyn Store>)>,
}

/// The parts of a [`System`] that [`Output`] does not borrow.
pub(super) struct SystemParts<'a> {
    pub(super) environment: &'a EnvironmentVariables,
    pub(super) clock: &'a dyn Clock,
    pub(super) random: &'a mut mint::Random,
    pub(super) actor: &'a Actor,
    pub(super) stdin: &'a mut dyn std::io::Read,
    pub(super) terminals: Terminals,
    pub(super) stdout_may_be_closed: bool,
}

impl<'a> Ctx<'a> {
    /// Returns the context of one run.
    pub fn new(
        system: &'a mut System,
        globals: GlobalArgs,
        arguments: &'a [OsString],
        command_line: fn() -> clap::Command,
    ) -> Self {
        let terminals = system.terminals;
        let format = match (globals.json, globals.output) {
            (true, _) => Format::Json,
            (false, Some(output)) => output.into(),
            (false, None) if terminals.stdout.is_some() => Format::Table,
            (false, None) => Format::Tsv,
        };
        let out = Output {
            stdout: &mut *system.stdout,
            stderr: &mut *system.stderr,
            format,
            fields: globals.fields.clone(),
            quiet: globals.quiet,
            colour: colour(globals.color, &system.environment, terminals.stderr),
            width: terminals.stdout.map_or(usize::MAX, usize::from),
            deferred: Output::deferred_messages(format, terminals.stderr),
            redact,
            clock: &*system.clock,
        };
        let operation = OperationId::from_random(&mint::id(&mut *system.random));
        let system = SystemParts {
            environment: &system.environment,
            clock: &*system.clock,
            random: &mut *system.random,
            actor: &system.actor,
            stdin: &mut *system.stdin,
            terminals,
            stdout_may_be_closed: system.stdout_may_be_closed,
        };
        Self {
            out,
            globals,
            command_line,
            system,
            arguments,
            operation,
            answer_flags: Vec::new(),
            committed: false,
            creates_store: false,
            store: None,
        }
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        self.system.clock.now()
    }

    /// Returns true if a secret that is written to standard output may be lost.
    pub(crate) const fn stdout_may_be_closed(&self) -> bool {
        self.system.stdout_may_be_closed
    }

    /// Returns the id of this run, which its audit records carry.
    pub fn operation(&self) -> String {
        self.operation.to_string()
    }

    /// Returns true if a change of this run was committed, also if the run fails later.
    #[must_use]
    pub(crate) const fn has_committed(&self) -> bool {
        self.committed
    }

    /// Lets the first change create the default store. Only for commands that add something: revoking or editing in an
    /// empty store can only fail.
    pub(crate) const fn allow_store_creation(&mut self) {
        self.creates_store = true;
    }
}

/// Returns true if messages are coloured.
#[must_use]
pub(crate) const fn colour(choice: ColorArg, environment: &EnvironmentVariables, is_terminal: bool) -> bool {
    match choice {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => is_terminal && !environment.no_color,
    }
}
