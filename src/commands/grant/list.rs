use clap::Args;

use crate::commands::ctx::Ctx;
use crate::commands::lists::{self, PageArgs};
use crate::failure::Failure;
use crate::render::view::grant::GrantView;

use super::FilterArgs;

/// List grants, newest first
///
/// Examples:
///   apiconn grant list --consumer field-app
///   apiconn grant list --user tech1 --state all -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(super) fn run(ctx: &mut Ctx<'_>, args: &ListArgs) -> Result<(), Failure> {
    let ends = args.filter.ends()?;
    lists::run(
        ctx,
        "grant.list",
        &args.page,
        |read, request, now| Ok(read.list_grants(&args.filter.filter(&ends, read, now)?, request)?),
        |grant, _| GrantView::of(grant),
    )
}
