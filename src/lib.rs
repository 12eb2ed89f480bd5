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
//! - [`service`]: the token service: one file an endpoint in `service/routes/`, its pages in `service/pages/` with their
//!   markup in `templates/`. Imports `actions`, `store`, `secrets`, `domain`; it and `commands` never meet.
//! - [`cli`]: the whole command line, assembled. [`host`]: the world outside. [`failure`] and [`exit`]: how a run ends.
//!   This file alone brings the commands and the service together.
//!
//! `tests/architecture.rs` reads the imports and fails with the rule that was broken.
//!
//! # Recipes
//!
//! To add a command: a file in `commands/NOUN/` with its arguments and `run`, a line in that folder's `mod.rs`, and what
//! it does as a function in `actions/`. To add an aggregate: its types in `domain/`, a pair of traits in `store/`, their
//! SQL in `store/sqlite/`, its view in `render/view/`. To add an engine: a folder beside `store/sqlite/`. To add an
//! endpoint: a file in `service/routes/` and its line in the router of `service/mod.rs`; what it checks and changes is an
//! action, and what it refuses is a `domain::refusal::Check`, from which both answers come, the client's and the
//! administrator's.

pub mod actions;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod credentials;
pub mod domain;
pub mod exit;
pub mod explain;
pub mod failure;
mod parse;
pub mod render;
pub mod service;
pub mod shell;
pub mod store;
pub mod system;

use std::ffi::OsString;
use std::sync::Arc;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command, LogFormat, ServeArgs};
use crate::commands::context::Ctx;
use crate::domain::audit::Actor;
use crate::domain::time::Clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::options::{ListenerKind, ServeError, ServeOptions};
use crate::service::preflight::PreflightWarning;
use crate::system::Host;

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
    let clock = Arc::clone(&host.clock);
    let actor = host.actor.clone();
    let mut ctx = Ctx::new(host, cli.globals, arguments, command_line);
    let result = match &cli.command {
        Command::Admin(command) => commands::run(&mut ctx, command),
        Command::Serve(args) => serve(&mut ctx, args, clock, actor),
    };
    match result {
        Ok(()) => {
            ctx.out.print_deferred();
            Exit::Done
        }
        Err(mut failure) => {
            if failure.code == "output" && ctx.has_committed() {
                failure = failure.hint("the change itself was made, and lasts");
            }
            if failure.exit == Exit::Usage && failure.hints.is_empty() {
                failure.hints.push(parse::help_hint(arguments));
            }
            if failure.message.is_empty() {
                ctx.out.print_deferred();
            } else {
                ctx.out.failure(failure.code, &failure.message, &failure.hints, &failure.candidates);
            }
            failure.exit
        }
    }
}

fn serve(ctx: &mut Ctx<'_>, args: &ServeArgs, clock: Arc<dyn Clock>, actor: Actor) -> Result<(), Failure> {
    if ctx.globals.dry_run {
        return Err(
            Failure::usage("serve has no --dry-run").hint("--check tries what serving needs, and ends")
        );
    }
    let (path, _) = ctx.store_path()?;
    let log = (args.log == LogFormat::Json).then(system::log_stream);
    let options = ServeOptions {
        listen: args.listen,
        behind_proxy: args.behind_proxy.clone(),
        issuer: args.issuer.clone(),
        operations: args.operations,
        log,
        clock,
        actor,
    };
    if args.check {
        let report = service::preflight::check(&path, &options)?;
        report.facts.iter().for_each(|fact| ctx.out.note(fact));
        for warning in report.warnings {
            let fix = match warning {
                PreflightWarning::NoProxy { .. } => "; add --behind-proxy ADDRESS",
                PreflightWarning::OtherPort { .. } | PreflightWarning::StoreMode(_) => "",
            };
            ctx.out.warn(&render::Warning { code: warning.code(), message: format!("{warning}{fix}") });
        }
        return Ok(());
    }
    // Its own process: the random source is its own as well.
    let random = credentials::mint::system_random().map_err(actions::ActionError::from)?;
    let mut announce = |text: &str| {
        ctx.out.note(text);
        // It is said when it is so, not when the service ends.
        ctx.out.print_deferred();
    };
    service::run(&path, options, random, &mut announce).map_err(Failure::from)
}

/// Here and not with the other failures: those the commands import, and they never meet the service.
impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let message = error.to_string();
        match error {
            ServeError::Store(error) => error.into(),
            ServeError::NotLoopback(_) => Self::refused(message)
                .hint("listen on 127.0.0.1 or [::1], and let a proxy that speaks TLS face the network")
                .hint("if that proxy is on another machine, name it: --behind-proxy ADDRESS"),
            ServeError::OperationsNotLoopback(_) => Self::refused(message)
                .hint("let --operations be 127.0.0.1 or [::1], and ask from this machine"),
            ServeError::Listen { listener, .. } => {
                let flag = match listener {
                    ListenerKind::Service => "--listen",
                    ListenerKind::Operations => "--operations",
                };
                Self::new(Exit::Failed, "listen", message).hint(format!("choose another address with {flag}"))
            }
            ServeError::Start(_) => Self::new(Exit::Failed, "failed", message),
        }
    }
}
