//! The verbs of the noun `settings`.

mod list;
mod set;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Manage the settings of the base
///
/// Lifetimes, the issuer, and the look of the pages.
#[derive(Subcommand, Debug)]
pub enum SettingsCommand {
    #[command(visible_alias = "ls")]
    List(list::SettingsListArgs),
    Set(set::SettingsSetArgs),
}

/// Runs a verb of `apiconn settings`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &SettingsCommand) -> Result<(), Failure> {
    match command {
        SettingsCommand::List(args) => list::run(ctx, args),
        SettingsCommand::Set(args) => set::run(ctx, args),
    }
}
