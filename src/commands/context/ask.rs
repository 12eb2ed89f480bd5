//! Questions to the person, what to do where nobody can answer, and the command that would not have asked.

use std::borrow::Cow;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::prompt;
use crate::render::prompt::PromptError;
use crate::shell;

use crate::commands::context::Ctx;

impl Ctx<'_> {
    /// Whether a person can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        let terminals = self.world.host.terminals;
        terminals.stdin && terminals.stderr && !self.globals.no_input && !self.world.host.environment.no_input
    }

    /// Whether a question is going to be asked: there is somebody to ask, and no flag has answered.
    #[must_use]
    pub(in crate::commands) fn will_ask(&self) -> bool {
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
            self.out.question_detail(line);
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
            .map(|word| shell::word(&word))
            .collect();
        self.out.note(&format!("Without the question: {}", words.join(" ")));
    }
}

pub(crate) fn no_answer(error: PromptError) -> Failure {
    match error {
        PromptError::Interrupted => {
            Failure::new(Exit::Interrupted, "interrupted", "interrupted; nothing was changed")
        }
        PromptError::Failed(why) => {
            Failure::new(Exit::Failed, "failed", format!("the terminal failed: {why}"))
        }
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
