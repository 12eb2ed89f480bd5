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

/// Revoke OAuth consumers permanently, with all their tokens
///
/// From the next request their secrets and tokens are refused. This cannot be undone. The record stays for apiconn
/// consumer show and the audit, and the name can be used again. Its grants are kept, and have no effect any more.
/// The command asks for confirmation and changes all selected consumers in one transaction, or none.
///
/// To stop a consumer for a while, use apiconn consumer disable.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the question was answered with no")],
    &[
        "apiconn consumer revoke field-app --reason \"replaced\" --yes",
        "apiconn consumer list --unused-for 1w -o id | apiconn consumer revoke - --yes",
    ],
))]
pub struct ConsumerRevokeArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: ClientFilterArgs,
    /// Select every consumer that is not revoked
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn consumer revoke` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerRevokeArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    switch::<ConsumerView>(ctx, "consumer.revoke", StateChange::Revoke, &targets)
}
