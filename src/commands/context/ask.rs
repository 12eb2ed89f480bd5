//! Questions at a terminal, runs that cannot ask, and the command that would not have asked.

use std::borrow::Cow;

use crate::commands::context::ctx::Ctx;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::prompt;
use crate::render::prompt::PromptError;
use crate::shell;

impl Ctx<'_> {
    /// Returns true if questions can be asked: standard input and error are a terminal, and input is not switched off.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        let terminals = self.system.terminals;
        terminals.stdin && terminals.stderr && !self.globals.no_input && !self.system.environment.no_input
    }

    /// Returns true if [`Ctx::confirm`] is going to ask.
    #[must_use]
    pub(in crate::commands) fn will_ask(&self) -> bool {
        self.can_ask() && !self.globals.yes && !self.globals.dry_run
    }

    /// Returns true if standard input is a terminal.
    #[must_use]
    pub const fn stdin_is_terminal(&self) -> bool {
        self.system.terminals.stdin
    }

    /// Fails if `command` needs a confirmation and no question can be asked. Called before standard input or the store is
    /// read, so that a script fails early.
    ///
    /// # Errors
    /// [`Failure`] with [`Exit::Usage`], whose hint names `--yes`.
    pub fn require_answer(&self, command: &str) -> Result<(), Failure> {
        if self.globals.yes || self.globals.dry_run || self.can_ask() {
            return Ok(());
        }
        Err(Failure::usage(format!("{command} needs a confirmation, and this run cannot ask questions"))
            .hint("nothing was changed; to confirm, add --yes"))
    }

    /// Asks for a confirmation, unless `--yes` or `--dry-run` is given. Prints `impact` first, one line per object. The
    /// base is added to the end of `question`, as in `Revoke 2 keys of`.
    ///
    /// # Errors
    /// [`Failure`] with [`Exit::Refused`] if the answer is no, with [`Exit::Interrupted`] after Ctrl-C.
    pub fn confirm(&mut self, impact: &[String], question: &str) -> Result<(), Failure> {
        if self.globals.yes || self.globals.dry_run {
            return Ok(());
        }
        for line in impact {
            self.out.question_detail(line);
        }
        let base = self.read(|read, _| Ok(read.base()?))?;
        let question = format!("{question} base {} ({})?", base.name, base.environment.as_str());
        self.answer_flags.push("--yes");
        match prompt::confirm(&crate::render::escape::line(&question)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::new(
                Exit::Refused,
                "declined",
                "the question was answered with no; nothing was changed",
            )),
            Err(error) => Err(no_answer(error)),
        }
    }

    /// Prints the command that would not have asked, if a question was asked.
    pub fn print_equivalent(&mut self) {
        if self.answer_flags.is_empty() {
            return;
        }
        let words: Vec<Cow<'_, str>> = self.arguments.iter().map(|word| word.to_string_lossy()).collect();
        // The flags go behind the verb: at the end they could follow a `--` and would be handles.
        let verb = verb_index((self.command_line)(), &words);
        let (before, behind) = words.split_at(words.len().min(verb + 1));
        let flags = self.answer_flags.iter().map(|flag| Cow::Borrowed(*flag));
        let words: Vec<String> = before
            .iter()
            .cloned()
            .chain(flags)
            .chain(behind.iter().cloned())
            .map(|word| shell::word(&word))
            .collect();
        self.out.note(&format!("Without the question: {}", words.join(" ")));
    }
}

/// Returns the failure of a question without an answer.
pub(super) fn no_answer(error: PromptError) -> Failure {
    match error {
        PromptError::Interrupted => {
            Failure::new(Exit::Interrupted, "interrupted", "interrupted; nothing was changed")
        }
        PromptError::Failed(why) => {
            Failure::new(Exit::Failed, "failed", format!("the terminal cannot be used: {why}"))
        }
    }
}

/// Returns the index of the verb in a command line: of the last word that is a subcommand.
fn verb_index(mut command: clap::Command, words: &[Cow<'_, str>]) -> usize {
    let mut verb = 0;
    for (index, word) in words.iter().enumerate().skip(1).take_while(|(_, word)| **word != "--") {
        if let Some(child) = command.find_subcommand(word.as_ref()).cloned() {
            command = child;
            verb = index;
        }
    }
    verb
}
