//! The verbs of the noun `key`.

mod create;
mod disable;
mod edit;
mod enable;
mod list;
mod revoke;
mod rotate;
mod show;
mod verify;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Manage API keys, for your own integrations
///
/// An API key is an id with a secret. A program uses them to get access tokens from the service, or presents the
/// secret to an API that checks it by introspection.
#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    Create(create::KeyCreateArgs),
    #[command(visible_alias = "ls")]
    List(list::KeyListArgs),
    Show(show::KeyShowArgs),
    Edit(edit::KeyEditArgs),
    Rotate(rotate::KeyRotateArgs),
    Disable(disable::KeyDisableArgs),
    Enable(enable::KeyEnableArgs),
    Revoke(revoke::KeyRevokeArgs),
    Verify(verify::KeyVerifyArgs),
}

/// Runs a verb of `apiconn key`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(args) => create::run(ctx, args),
        KeyCommand::List(args) => list::run(ctx, args),
        KeyCommand::Show(args) => show::run(ctx, args),
        KeyCommand::Edit(args) => edit::run(ctx, args),
        KeyCommand::Rotate(args) => rotate::run(ctx, args),
        KeyCommand::Disable(args) => disable::run(ctx, args),
        KeyCommand::Enable(args) => enable::run(ctx, args),
        KeyCommand::Revoke(args) => revoke::run(ctx, args),
        KeyCommand::Verify(args) => verify::run(ctx, args),
    }
}
