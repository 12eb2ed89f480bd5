use clap::Args;

use crate::actions::clients::StateChange;
use crate::commands::context::Ctx;
use crate::commands::shared::client_filter::ClientFilterArgs;
use crate::commands::shared::client_switch::{Targets, switch};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Disable OAuth consumers until they are enabled again
///
/// From the next request their secrets and tokens are refused. Nothing is deleted: apiconn consumer enable makes
/// the same secrets, and the tokens that have not expired, work again. The command asks for confirmation and
/// changes all selected consumers in one transaction, or none.
///
/// Give consumers, a filter, or --all; not both consumers and a filter.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "a selected consumer is revoked, or the question was answered with no")],
    &[
        "apiconn consumer disable field-app --reason \"under review\" --yes",
        "apiconn consumer disable --unused-for 180d --dry-run",
    ],
))]
pub struct ConsumerDisableArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::Active))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: ClientFilterArgs,
    /// Select every consumer that is not revoked
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn consumer disable` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerDisableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    switch::<ConsumerView>(ctx, "consumer.disable", StateChange::Disable, &targets)
}
