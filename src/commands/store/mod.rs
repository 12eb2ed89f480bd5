//! `apiconn store`

mod info;

use clap::Subcommand;

use crate::failure::Failure;

use super::ctx::Ctx;

/// The store's file
#[derive(Subcommand, Debug)]
pub enum StoreCommand {
    Info(info::InfoArgs),
}

pub(super) fn run(ctx: &mut Ctx<'_>, command: &StoreCommand) -> Result<(), Failure> {
    match command {
        StoreCommand::Info(args) => info::run(ctx, args),
    }
}
