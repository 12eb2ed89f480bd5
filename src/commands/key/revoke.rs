use clap::Args;

use crate::actions::clients::Switch;
use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, Targets};
use crate::completion;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// End API keys for good, with every token they obtained; effective at once
///
/// Examples:
///   apiconn key revoke NAME --reason "replaced" --yes
///   apiconn key list --unused-for 1w -o id | apiconn key revoke - --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyRevokeArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "KEY", add = completion::keys(completion::States::NotRevoked))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyRevokeArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    client::switch::<KeyView>(ctx, "key.revoke", Switch::Revoke, &targets)
}
