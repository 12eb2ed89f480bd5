use clap::Args;

use crate::actions::clients::Switch;
use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, Targets};
use crate::completion;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// End consumers for good, with every token they obtained; effective at once
///
/// Examples:
///   apiconn consumer revoke NAME --reason "replaced" --yes
///   apiconn consumer list --unused-for 1w -o id | apiconn consumer revoke - --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerRevokeArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerRevokeArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    client::switch::<ConsumerView>(ctx, "consumer.revoke", Switch::Revoke, &targets)
}
