use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::failure::Failure;
use crate::render::view::grant::GrantView;

use crate::commands::grant::FilterArgs;

/// List grants, newest first
///
/// Examples:
///   apiconn grant list --consumer field-app
///   apiconn grant list --user tech1 --state all -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GrantListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GrantListArgs) -> Result<(), Failure> {
    let ends = args.filter.ends()?;
    list::run(
        ctx,
        "grant.list",
        &args.page,
        |read, request, now| Ok(read.list_grants(&args.filter.filter(&ends, read, now)?, request)?),
        |grant, _| GrantView::of(grant),
    )
}
