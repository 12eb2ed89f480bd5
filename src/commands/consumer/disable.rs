use clap::Args;

use crate::actions::clients::Switch;
use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, Targets};
use crate::completion;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Switch consumers off; enable switches them on again
///
/// Examples:
///   apiconn consumer disable NAME --reason "under review" --yes
///   apiconn consumer disable --unused-for 180d --dry-run
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerDisableArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::Active))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerDisableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    client::switch::<ConsumerView>(ctx, "consumer.disable", Switch::Disable, &targets)
}
