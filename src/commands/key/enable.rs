use clap::Args;

use crate::actions::clients::StateChange;
use crate::commands::context::Ctx;
use crate::commands::shared::client_filter::ClientFilterArgs;
use crate::commands::shared::client_switch::{Targets, switch};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Enable API keys that were disabled
///
/// Their secrets, and their tokens that have not expired, are accepted from the next request. A revoked key cannot
/// be enabled. Enabling does not change the expiry: an expired key stays expired (apiconn key edit --expires).
///
/// With a filter or --all the command asks for confirmation; with named keys it does not.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "a selected key is revoked, or the question was answered with no")],
    &[
        "apiconn key enable erp-sync",
        "apiconn key list --state disabled -o id | apiconn key enable -",
    ],
))]
pub struct KeyEnableArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "KEY", add = completion::keys(completion::States::Disabled))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: ClientFilterArgs,
    /// Select every key that is not revoked
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn key enable` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyEnableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    switch::<KeyView>(ctx, "key.enable", StateChange::Enable, &targets)
}
