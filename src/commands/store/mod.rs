//! The verbs of the noun `store`.

mod info;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Show facts about the store file
#[derive(Subcommand, Debug)]
pub enum StoreCommand {
    Info(info::StoreInfoArgs),
}

/// Runs a verb of `apiconn store`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &StoreCommand) -> Result<(), Failure> {
    match command {
        StoreCommand::Info(args) => info::run(ctx, args),
    }
}
