//! API keys, OAuth consumers and user grants of one base: the administrator's command line, and the token service on
//! the same local store.
//!
//! # Modules
//!
//! Imports run one way, from the top of this list to the bottom:
//!
//! - [`cli`] and `parse`: the command line. [`failure`] and [`exit`]: how a run fails. [`system`]: the operating system.
//! - [`commands`]: one folder per noun, one file per verb, with its arguments and its help.
//! - [`service`]: the token service over HTTP. It and [`commands`] do not import each other; this file connects them.
//! - [`completion`]: the values that the shell offers at TAB.
//! - [`render`]: printing: tables, JSON, CSV, prompts.
//! - [`explain`]: why a request was refused, and the command that fixes it.
//! - [`actions`]: what commands and service do with the store: create, edit, revoke, issue tokens.
//! - [`store`]: the interface of the store; SQLite and its SQL are in `store::sqlite`.
//! - [`credentials`]: minting, parsing and hashing secrets, tokens and passwords.
//! - [`domain`]: types and rules, without input or output. [`shell`]: quoting for a shell.
//!
//! `tests/architecture.rs` checks the imports.

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
use std::net::Ipv4Addr;
use std::sync::Arc;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command, LogFormat, ServeArgs};
use crate::commands::context::Ctx;
use crate::domain::audit::Actor;
use crate::domain::name::shorten;
use crate::domain::network::listen_address::ListenAddress;
use crate::domain::time::Clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::Announcement;
use crate::service::options::{LineFormat, LogStream, ServeError, ServeOptions, ServeSockets};
use crate::service::sockets::{InheritedSocket, ListenerKind, SocketSource, UnixAccess};
use crate::system::System;

/// The port of the service, if no socket is named or passed.
const DEFAULT_PORT: u16 = 8080;
/// The permission bits of a Unix socket: its owner and its group can connect.
const DEFAULT_SOCKET_MODE: u32 = 0o660;

/// Returns the definition of the whole command line.
#[must_use]
pub fn command_line() -> clap::Command {
    Cli::command()
}

/// Runs one command and returns its exit code. `arguments` begin with the name of the program. All output goes to the
/// streams of `system`.
pub fn run(arguments: &[OsString], system: &mut System) -> Exit {
    let cli = match parse::parse(arguments, system) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let clock = Arc::clone(&system.clock);
    let actor = system.actor.clone();
    let is_terminal = system.terminals.stdout.is_some();
    let socket_names = system.environment.socket_names.clone();
    let mut ctx = Ctx::new(system, cli.globals, arguments, command_line);
    let result = match &cli.command {
        Command::Admin(command) => {
            system::release_hangup();
            commands::run(&mut ctx, command)
        }
        Command::Serve(args) => serve(&mut ctx, args, &socket_names, is_terminal, clock, actor),
    };
    match result {
        Ok(()) => {
            ctx.out.print_deferred();
            Exit::Done
        }
        Err(mut failure) => {
            if failure.code == "output" && ctx.has_committed() {
                failure = failure.hint("the change was made");
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

fn serve(
    ctx: &mut Ctx<'_>,
    args: &ServeArgs,
    socket_names: &[String],
    is_terminal: bool,
    clock: Arc<dyn Clock>,
    actor: Actor,
) -> Result<(), Failure> {
    if ctx.globals.dry_run {
        return Err(Failure::usage("serve does not accept --dry-run")
            .hint("to check without serving: apiconn serve --check"));
    }
    let (path, _) = ctx.store_path()?;
    let format = match args.log {
        LogFormat::Off => None,
        LogFormat::Json => Some(LineFormat::Json),
        LogFormat::Text => Some(LineFormat::Text),
        LogFormat::Auto => Some(if is_terminal { LineFormat::Text } else { LineFormat::Json }),
    };
    let log = format.map(|format| LogStream { out: system::log_stream(), format });
    let options = ServeOptions {
        sockets: sockets(args, socket_names)?,
        operations_exposed: args.operations_exposed,
        behind_proxy: args
            .behind_proxy
            .iter()
            .map(|proxy| proxy.resolve(system::user_id))
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::usage(error.to_string()))?,
        issuer: args.issuer.clone(),
        log,
        clock,
        actor,
    };
    if args.check {
        let report = service::preflight::check(&path, options)?;
        report.facts.iter().for_each(|fact| ctx.out.note(fact));
        report.findings.into_iter().for_each(|finding| ctx.out.warn(&finding.into()));
        return Ok(());
    }
    let random = credentials::mint::system_random().map_err(actions::ActionError::from)?;
    let mut announce = |announcement: Announcement| {
        match announcement {
            Announcement::Note(text) => ctx.out.note(&text),
            Announcement::Finding(finding) => ctx.out.warn(&finding.into()),
        }
        // The service does not return for a long time, so print the lines now.
        ctx.out.print_deferred();
    };
    service::run(&path, options, random, &mut announce).map_err(Failure::from)
}

/// Returns the sockets of the command line and those that the parent process has passed.
fn sockets(args: &ServeArgs, names: &[String]) -> Result<ServeSockets, Failure> {
    let bind = |addresses: &[ListenAddress]| addresses.iter().cloned().map(SocketSource::Bind).collect();
    let (mut service, mut operations): (Vec<_>, Vec<_>) = (bind(&args.listen), bind(&args.operations));
    let is_unix = |socket: &SocketSource| matches!(socket.address(), ListenAddress::Unix(_));
    if (args.socket_mode.is_some() || args.socket_group.is_some())
        && !service.iter().chain(&operations).any(is_unix)
    {
        return Err(Failure::usage("--socket-mode and --socket-group need a Unix socket")
            .hint("name one: apiconn serve --listen unix:/run/apiconn/http.sock"));
    }
    let inherited = InheritedSocket::take_all(names)
        .map_err(|error| Failure::new(Exit::Failed, "listen", error.to_string()))?;
    for socket in inherited {
        let list = match socket.kind {
            ListenerKind::Service => &mut service,
            ListenerKind::Operations => &mut operations,
        };
        list.push(SocketSource::Inherited(socket));
    }
    if service.is_empty() {
        service.push(SocketSource::Bind(ListenAddress::Tcp((Ipv4Addr::LOCALHOST, DEFAULT_PORT).into())));
    }
    let group = args.socket_group.as_deref().map(|group| {
        let no_group = || Failure::usage(format!("there is no Unix group \"{}\"", shorten(group)));
        system::group_id(group).ok_or_else(no_group)
    });
    let mode = args.socket_mode.unwrap_or(DEFAULT_SOCKET_MODE);
    let unix_access = UnixAccess { mode, group: group.transpose()? };
    Ok(ServeSockets { service, operations, unix_access })
}

/// In this file because `failure.rs` is imported by the commands, which do not import the service.
impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let message = error.to_string();
        match error {
            ServeError::Store(error) => error.into(),
            ServeError::NotLoopback(_) => Self::refused(message)
                .hint("listen on 127.0.0.1 or [::1], behind a proxy on this machine that terminates TLS")
                .hint("if the proxy is on another machine: add --behind-proxy ADDRESS"),
            ServeError::OperationsNotLoopback(_) => Self::refused(message)
                .hint("use 127.0.0.1, [::1] or unix:PATH for --operations")
                .hint("if other machines may read health and metrics: add --operations-exposed"),
            ServeError::Listen { listener, .. } => {
                let flag = match listener {
                    ListenerKind::Service => "--listen",
                    ListenerKind::Operations => "--operations",
                };
                Self::new(Exit::Failed, "listen", message).hint(format!("give another address with {flag}"))
            }
            ServeError::Start(_) => Self::new(Exit::Failed, "failed", message),
        }
    }
}
