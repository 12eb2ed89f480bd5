//! The verbs of the noun `consumer`.

mod add;
mod disable;
mod edit;
mod enable;
mod list;
mod revoke;
mod rotate;
mod safeguard_args;
mod show;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Manage OAuth consumers, third-party applications
///
/// A consumer gets access tokens for itself (client_credentials) or for users who authorized it
/// (authorization_code). It is a client in the sense of OAuth 2.0.
#[derive(Subcommand, Debug)]
pub enum ConsumerCommand {
    Add(Box<add::ConsumerAddArgs>),
    #[command(visible_alias = "ls")]
    List(list::ConsumerListArgs),
    Show(show::ConsumerShowArgs),
    Edit(Box<edit::ConsumerEditArgs>),
    Rotate(rotate::ConsumerRotateArgs),
    Disable(disable::ConsumerDisableArgs),
    Enable(enable::ConsumerEnableArgs),
    Revoke(revoke::ConsumerRevokeArgs),
}

/// Runs a verb of `apiconn consumer`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &ConsumerCommand) -> Result<(), Failure> {
    match command {
        ConsumerCommand::Add(args) => add::run(ctx, args),
        ConsumerCommand::List(args) => list::run(ctx, args),
        ConsumerCommand::Show(args) => show::run(ctx, args),
        ConsumerCommand::Edit(args) => edit::run(ctx, args),
        ConsumerCommand::Rotate(args) => rotate::run(ctx, args),
        ConsumerCommand::Disable(args) => disable::run(ctx, args),
        ConsumerCommand::Enable(args) => enable::run(ctx, args),
        ConsumerCommand::Revoke(args) => revoke::run(ctx, args),
    }
}
