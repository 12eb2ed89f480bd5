use clap::Args;

use crate::actions::clients::Switch;
use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, Targets};
use crate::completion;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Switch API keys on again
///
/// Examples:
///   apiconn key enable NAME
///   apiconn key list --state disabled -o id | apiconn key enable -
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyEnableArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "KEY", add = completion::keys(completion::States::Disabled))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyEnableArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    client::switch::<KeyView>(ctx, "key.enable", Switch::Enable, &targets)
}
