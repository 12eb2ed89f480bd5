use clap::Args;

use crate::actions::clients::Switch;
use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, Targets};
use crate::completion;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Switch API keys off; enable switches them on again
///
/// Examples:
///   apiconn key disable NAME --reason "under review" --yes
///   apiconn key disable --unused-for 180d --dry-run
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyDisableArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "KEY", add = completion::keys(completion::States::Active))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyDisableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    client::switch::<KeyView>(ctx, "key.disable", Switch::Disable, &targets)
}
