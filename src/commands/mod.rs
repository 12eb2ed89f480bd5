//! The administrator's commands: one folder per noun, one file per verb. A file has the arguments, whose doc comments
//! are the help texts, and `run`.

#![expect(clippy::doc_markdown, reason = "doc comments of arguments are help texts, which have no backticks")]

mod audit;
mod completions;
mod consumer;
pub(crate) mod context;
pub(crate) mod global;
mod grant;
mod group;
mod health;
mod help;
mod init;
mod key;
mod man;
mod man_page;
mod refusal;
mod scope;
mod settings;
pub(crate) mod shared;
mod status;
mod store;
mod token;
pub(crate) mod topics;
mod user;

use clap::Subcommand;

use crate::commands::context::Ctx;
use crate::failure::Failure;

/// All commands except `serve`. The doc comment of each type of arguments is its help.
#[derive(Subcommand, Debug)]
pub enum AdminCommand {
    Init(init::InitArgs),
    Status(status::StatusArgs),
    #[command(subcommand)]
    Key(key::KeyCommand),
    #[command(subcommand)]
    Consumer(consumer::ConsumerCommand),
    #[command(subcommand)]
    Grant(grant::GrantCommand),
    #[command(subcommand)]
    Token(token::TokenCommand),
    #[command(subcommand)]
    Refusal(refusal::RefusalCommand),
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Scope(scope::ScopeCommand),
    #[command(subcommand)]
    Group(group::GroupCommand),
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    #[command(subcommand)]
    Store(store::StoreCommand),
    Health(health::HealthArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

/// Runs a command.
///
/// # Errors
/// The [`Failure`] of the command.
pub fn run(ctx: &mut Ctx<'_>, command: &AdminCommand) -> Result<(), Failure> {
    match command {
        AdminCommand::Init(args) => init::run(ctx, args),
        AdminCommand::Status(args) => status::run(ctx, args),
        AdminCommand::Key(command) => key::run(ctx, command),
        AdminCommand::Consumer(command) => consumer::run(ctx, command),
        AdminCommand::Grant(command) => grant::run(ctx, command),
        AdminCommand::Token(command) => token::run(ctx, command),
        AdminCommand::Refusal(command) => refusal::run(ctx, command),
        AdminCommand::User(command) => user::run(ctx, command),
        AdminCommand::Scope(command) => scope::run(ctx, command),
        AdminCommand::Group(command) => group::run(ctx, command),
        AdminCommand::Settings(command) => settings::run(ctx, command),
        AdminCommand::Audit(command) => audit::run(ctx, command),
        AdminCommand::Store(command) => store::run(ctx, command),
        AdminCommand::Health(args) => health::run(ctx, args),
        AdminCommand::Completions(args) => completions::run(ctx, args),
        AdminCommand::Man(args) => man::run(ctx, args),
        AdminCommand::Help(args) => help::run(ctx, args),
    }
}
