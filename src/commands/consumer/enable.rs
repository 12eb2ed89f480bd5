use clap::Args;

use crate::actions::clients::Switch;
use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, Targets};
use crate::completion;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Switch consumers on again
///
/// Examples:
///   apiconn consumer enable NAME
///   apiconn consumer list --state disabled -o id | apiconn consumer enable -
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerEnableArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::Disabled))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerEnableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    client::switch::<ConsumerView>(ctx, "consumer.enable", Switch::Enable, &targets)
}
