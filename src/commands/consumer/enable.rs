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

/// Enable OAuth consumers that were disabled
///
/// Their secrets, and their tokens that have not expired, are accepted from the next request. A revoked consumer
/// cannot be enabled. Enabling does not change the expiry: an expired consumer stays expired (apiconn consumer edit
/// --expires).
///
/// With a filter or --all the command asks for confirmation; with named consumers it does not.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "a selected consumer is revoked, or the question was answered with no")],
    &[
        "apiconn consumer enable field-app",
        "apiconn consumer list --state disabled -o id | apiconn consumer enable -",
    ],
))]
pub struct ConsumerEnableArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::Disabled))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: ClientFilterArgs,
    /// Select every consumer that is not revoked
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn consumer enable` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerEnableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    switch::<ConsumerView>(ctx, "consumer.enable", StateChange::Enable, &targets)
}
