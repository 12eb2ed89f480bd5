use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, SortArgs};
use crate::commands::shared::list::PageArgs;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// List API keys, newest first
///
/// Examples:
///   apiconn key list --expiring-in 14d --fail-if-any
///   apiconn key list --unused-for 90d --sort last_used -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    sort: SortArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyListArgs) -> Result<(), Failure> {
    client::list::<KeyView>(ctx, "key.list", &args.filter, &args.sort, &args.page)
}
