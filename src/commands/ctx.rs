//! What a command gets: its output, the world it came from, and the store, opened when it is first needed.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::actions::base::{NewBase, found};
use crate::actions::{ActionError, Change, Origin, Outcome};
use crate::domain::audit::Record;
use crate::domain::handle::{Handle, Noun};
use crate::domain::id::{Environment as BaseEnvironment, OperationId};
use crate::domain::redirect::Issuer;
use crate::domain::time::Timestamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;
use crate::render::prompt::{self, NoAnswer};
use crate::render::{Format, Output, Warning};
use crate::secrets::mint;
use crate::secrets::plain::Plain;
use crate::store::{self, Access, NewStore, ReadTx, Store, StoreError};

use super::global::{ColorArg, GlobalArgs};

/// The longest secret or password that is read, in bytes; longer input is none.
const LONGEST_SECRET: u64 = 4096;
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
    environment: &'a crate::host::Environment,
    clock: &'a dyn crate::domain::time::Clock,
    random: &'a mut mint::Random,
    actor: &'a crate::domain::audit::Actor,
    stdin: &'a mut dyn std::io::Read,
    terminals: crate::host::Terminals,
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
            held: Output::held_back(format, terminals.stderr),
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
    pub(super) fn preview_store(&mut self, new: NewBase) -> (NewStore, Record) {
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
    pub(super) fn change<T>(
        &mut self,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, ActionError>,
    ) -> Result<(T, Outcome), Failure> {
        self.try_change(make)
    }

    /// The same, for changes that can be refused by more than an action.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub(super) fn try_change<T, E>(
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
    pub(super) const fn may_make_store(&mut self) {
        self.world.makes_store = true;
    }

    /// Facts about the store's file.
    ///
    /// # Errors
    /// Fails where the store cannot be opened.
    pub fn store_info(&mut self) -> Result<crate::store::StoreInfo, Failure> {
        Ok(self.store(Access::Read)?.info()?)
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// Fails where memory is short.
    pub fn hash_password(&mut self, password: &Plain) -> Result<String, Failure> {
        let hash = crate::secrets::password::hash(&mut *self.world.host.random, password);
        hash.map_err(|error| ActionError::from(error).into())
    }

    /// Whether a person can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        let terminals = self.world.host.terminals;
        terminals.stdin && terminals.stderr && !self.globals.no_input && !self.world.host.environment.no_input
    }

    /// Whether a question is going to be asked: there is somebody to ask, and no flag has answered.
    #[must_use]
    pub(super) fn will_ask(&self) -> bool {
        self.can_ask() && !self.globals.yes && !self.globals.dry_run
    }

    /// Whether standard input is a terminal.
    #[must_use]
    pub const fn stdin_is_terminal(&self) -> bool {
        self.world.host.terminals.stdin
    }

    /// Refuses to go on where a question would have to be asked and nobody can answer. Asked before anything is read, so
    /// that a script learns of it at once.
    ///
    /// # Errors
    /// Names the flag that answers the question.
    pub fn require_answer(&self, what: &str) -> Result<(), Failure> {
        if self.globals.yes || self.globals.dry_run || self.can_ask() {
            return Ok(());
        }
        Err(Failure::usage(format!("{what} needs a confirmation, and there is no terminal to ask at"))
            .hint("add --yes; nothing was changed"))
    }

    /// Asks whether to go on, unless `--yes` has answered. The question ends with the base, since one may have several:
    /// it is handed in up to there, such as `Revoke 2 keys of`.
    ///
    /// # Errors
    /// Fails where the answer is no.
    pub fn confirm(&mut self, what_ends: &[String], question: &str) -> Result<(), Failure> {
        if self.globals.yes || self.globals.dry_run {
            return Ok(());
        }
        for line in what_ends {
            self.out.part_of_question(line);
        }
        let base = self.read(|read, _| Ok(read.base()?))?;
        let question = format!("{question} base {} ({})?", base.name, base.environment.as_str());
        self.world.answers.push("--yes");
        match prompt::confirm(&crate::render::escape::line(&question)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::new(Exit::Refused, "declined", "declined; nothing was changed")),
            Err(error) => Err(no_answer(error)),
        }
    }

    /// After a run that asked: the command that would not have.
    pub fn tell_equivalent(&mut self) {
        if self.world.answers.is_empty() {
            return;
        }
        let words: Vec<Cow<'_, str>> =
            self.world.arguments.iter().map(|word| word.to_string_lossy()).collect();
        // Behind the verb: at the end it could stand behind a `--` and be taken for a handle.
        let verb = verb_of((self.command_line)(), &words);
        let (before, behind) = words.split_at(words.len().min(verb + 1));
        let answers = self.world.answers.iter().map(|flag| Cow::Borrowed(*flag));
        let words: Vec<String> = before
            .iter()
            .cloned()
            .chain(answers)
            .chain(behind.iter().cloned())
            .map(|word| shell_word(&word))
            .collect();
        self.out.note(&format!("Without the question: {}", words.join(" ")));
    }

    /// Reads handles: those on the command line, and for `-` those on standard input, one a line.
    ///
    /// # Errors
    /// Says which handle cannot name such an object; the store has not been opened then.
    pub fn handles(&mut self, noun: Noun, words: &[String]) -> Result<Vec<Handle>, Failure> {
        let mut handles = Vec::new();
        for word in words {
            if word == "-" {
                if self.stdin_is_terminal() {
                    self.out
                        .note(&format!("Reading {} handles, one a line; end with Ctrl-D.", noun.as_str()));
                }
                let mut text = String::new();
                self.world.host.stdin.read_to_string(&mut text).map_err(|error| unreadable(STDIN, &error))?;
                for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                    handles.push(Handle::parse(noun, line)?);
                }
            } else {
                handles.push(Handle::parse(noun, word)?);
            }
        }
        Ok(handles)
    }

    /// Reads a secret from standard input: the first line, or at a terminal a hidden answer.
    ///
    /// # Errors
    /// Fails where there is nothing to read.
    pub fn read_secret(&mut self, what: &str) -> Result<Plain, Failure> {
        if self.stdin_is_terminal() {
            if !self.can_ask() {
                return Err(Failure::usage(format!(
                    "the {} is read from standard input, which is a terminal",
                    what.to_lowercase()
                ))
                .hint("pipe it in"));
            }
            return prompt::hidden(what).map_err(no_answer);
        }
        let plain = read_line(&mut *self.world.host.stdin, STDIN)?;
        if plain_is_empty(&plain) {
            let what = what.to_lowercase();
            return Err(Failure::usage(format!("the {what} is read from standard input, which is empty")));
        }
        Ok(plain)
    }

    /// Reads a new password: from standard input, from a file, or from a person who types it twice.
    ///
    /// # Errors
    /// Fails where there is none, or where it breaks a rule.
    pub fn read_new_password(
        &mut self,
        from_stdin: bool,
        file: Option<&std::path::Path>,
    ) -> Result<Plain, Failure> {
        let password = if from_stdin {
            read_line(&mut *self.world.host.stdin, STDIN)?
        } else if let Some(path) = file {
            let name = format!("the password file {}", path.display());
            let mut file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
            read_line(&mut file, &name)?
        } else if self.can_ask() {
            let password = prompt::new_password().map_err(no_answer)?;
            self.world.answers.push("--password-stdin");
            password
        } else {
            return Err(Failure::usage("a password is needed, and there is no terminal to ask at")
                .hint("give it with --password-stdin or --password-file PATH"));
        };
        check_password(&password)?;
        Ok(password)
    }
}

#[expect(clippy::disallowed_methods, reason = "a password is judged by its text")]
fn check_password(password: &Plain) -> Result<(), Failure> {
    crate::domain::user::check_password(password.expose()).map_err(|error| Failure::usage(error.to_string()))
}

#[expect(clippy::disallowed_methods, reason = "looks at the length alone")]
fn plain_is_empty(plain: &Plain) -> bool {
    plain.expose().is_empty()
}

/// Where a secret comes from unless a file is named.
const STDIN: &str = "standard input";

fn unreadable(source: &str, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{source} cannot be read: {error}"))
}

/// The first line, without its end; an editor or `echo` leaves one behind.
fn read_line(source: &mut dyn std::io::Read, name: &str) -> Result<Plain, Failure> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    source.take(LONGEST_SECRET).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    let text =
        std::str::from_utf8(line).map_err(|_| Failure::usage(format!("{name} is not text in UTF-8")))?;
    Ok(Plain::new(text.to_owned()))
}

fn no_answer(error: NoAnswer) -> Failure {
    match error {
        NoAnswer::Interrupted => {
            Failure::new(Exit::Interrupted, "interrupted", "interrupted; nothing was changed")
        }
        NoAnswer::Failed(why) => Failure::new(Exit::Failed, "failed", format!("the terminal failed: {why}")),
    }
}

/// Whether messages take colour.
#[must_use]
pub(crate) const fn colour(
    choice: ColorArg,
    environment: &crate::host::Environment,
    is_terminal: bool,
) -> bool {
    match choice {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => is_terminal && !environment.no_color,
    }
}

/// Where among the words of a command line its verb is: the last word that leads deeper into the commands.
fn verb_of(mut command: clap::Command, words: &[Cow<'_, str>]) -> usize {
    let mut verb = 0;
    for (index, word) in words.iter().enumerate().skip(1).take_while(|(_, word)| **word != "--") {
        if let Some(child) = command.find_subcommand(word.as_ref()).cloned() {
            command = child;
            verb = index;
        }
    }
    verb
}

/// A word as a shell reads it back.
fn shell_word(word: &str) -> String {
    let plain = !word.is_empty()
        && word.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'=' | b':' | b'@' | b'+' | b',')
        });
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
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

    #[test]
    fn a_shell_reads_back_what_was_typed() {
        assert_eq!(shell_word("tech1/field-app"), "tech1/field-app");
        assert_eq!(shell_word("left the company"), "'left the company'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
