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

/// Disable API keys until they are enabled again
///
/// From the next request their secrets and tokens are refused. Nothing is deleted: apiconn key enable makes the
/// same secrets, and the tokens that have not expired, work again. The command asks for confirmation and changes
/// all selected keys in one transaction, or none.
///
/// Give keys, a filter, or --all; not both keys and a filter.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "a selected key is revoked, or the question was answered with no")],
    &[
        "apiconn key disable erp-sync --reason \"under review\" --yes",
        "apiconn key disable --unused-for 180d --dry-run",
    ],
))]
pub struct KeyDisableArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "KEY", add = completion::keys(completion::States::Active))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: ClientFilterArgs,
    /// Select every key that is not revoked
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn key disable` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyDisableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    switch::<KeyView>(ctx, "key.disable", StateChange::Disable, &targets)
}
