use clap::Args;

use crate::commands::ctx::Ctx;
use crate::commands::lists::{self, PageArgs};
use crate::failure::Failure;
use crate::render::view::token::TokenView;

use super::FilterArgs;

/// List tokens, newest first
///
/// Examples:
///   apiconn token list --key erp-sync
///   apiconn token list --state all -o json
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
        "token.list",
        &args.page,
        |read, request, now| Ok(read.list_tokens(&args.filter.filter(&ends, read, now)?, request, now)?),
        TokenView::of,
    )
}
