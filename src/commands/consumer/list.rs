use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{FilterArgs, SortArgs};
use crate::commands::shared::list::PageArgs;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// List consumers, newest first
///
/// Examples:
///   apiconn consumer list --expiring-in 14d --fail-if-any
///   apiconn consumer list --unused-for 90d --sort last_used -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    sort: SortArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerListArgs) -> Result<(), Failure> {
    client::list::<ConsumerView>(ctx, "consumer.list", &args.filter, &args.sort, &args.page)
}
