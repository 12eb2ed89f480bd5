//! API keys, OAuth consumers and user grants of one base: the administrator's command line and the token service, on one
//! local store.
//!
//! # The map
//!
//! - [`domain`]: pure types and rules. Imports nothing of ours.
//! - [`secrets`]: mints, recognises and digests what must not leak. Imports `domain`.
//! - [`store`]: the store in the words of the domain; all SQL is in `store::sqlite`. Imports `domain` and `secrets`.
//! - [`actions`]: what the product does, for the command line and HTTP alike. Imports `store`, `secrets`, `domain`.
//! - [`render`]: the only place that prints. Imports `domain`, and `secrets` to hand one over.
//! - [`commands`]: one file a subcommand. Imports `actions`, `render`, and `completion` for its arguments.
//! - [`completion`]: what the shell offers at TAB. Imports `store`, `domain`, and `render` for its wording.
//! - [`service`]: the token service. Imports `actions`, `store`, `secrets`, `domain`; it and `commands` never meet.
//! - [`cli`]: the whole command line, assembled. [`host`]: the world outside. [`failure`] and [`exit`]: how a run ends.
//!
//! `tests/architecture.rs` reads the imports and fails with the rule that was broken.
//!
//! # Recipes
//!
//! To add a command: a file in `commands/NOUN/` with its arguments and `run`, a line in that folder's `mod.rs`, and what
//! it does as a function in `actions/`. To add an aggregate: its types in `domain/`, a pair of traits in `store/`, their
//! SQL in `store/sqlite/`, its view in `render/view/`. To add an engine: a folder beside `store/sqlite/`.

pub mod actions;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod domain;
pub mod exit;
pub mod failure;
pub mod host;
mod parse;
pub mod render;
pub mod secrets;
pub mod service;
pub mod store;

use std::ffi::OsString;

use clap::CommandFactory as _;

use cli::{Cli, Command, ServeArgs};
use commands::ctx::Ctx;
use exit::Exit;
use failure::Failure;
use host::Host;

/// The whole command line.
#[must_use]
pub fn command_line() -> clap::Command {
    Cli::command()
}

/// Runs one command, from its words to its exit code. Prints on the host's streams alone.
pub fn run(arguments: &[OsString], host: &mut Host) -> Exit {
    let cli = match parse::parse(arguments, host) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let serving = match &cli.command {
        Command::Serve(args) => Some(service::Parts {
            listen: args.listen,
            issuer: args.issuer.clone(),
            clock: std::sync::Arc::clone(&host.clock),
        }),
        Command::Admin(_) => None,
    };
    let mut ctx = Ctx::new(host, cli.globals, arguments, command_line);
    let result = match (&cli.command, serving) {
        (Command::Admin(command), _) => commands::run(&mut ctx, command),
        (Command::Serve(args), Some(parts)) => serve(&mut ctx, args, parts),
        (Command::Serve(_), None) => Ok(()),
    };
    match result {
        Ok(()) => Exit::Done,
        Err(mut failure) => {
            if failure.code == "output" && ctx.has_committed() {
                failure = failure.hint("the change itself was made, and lasts");
            }
            if failure.exit == Exit::Usage && failure.hints.is_empty() {
                failure.hints.push(parse::help_hint(arguments));
            }
            if !failure.message.is_empty() {
                ctx.out.failure(failure.code, &failure.message, &failure.hints, &failure.candidates);
            }
            failure.exit
        }
    }
}

fn serve(ctx: &mut Ctx<'_>, _: &ServeArgs, parts: service::Parts) -> Result<(), Failure> {
    let (path, _) = ctx.store_path()?;
    // Its own process: the random source is its own as well.
    let random = secrets::mint::system_random().map_err(actions::ActionError::from)?;
    service::run(&path, parts, random, &mut |text| ctx.out.note(text)).map_err(Failure::from)
}
