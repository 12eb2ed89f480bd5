use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::failure::Failure;
use crate::render::view::token::TokenView;

use crate::commands::token::FilterArgs;

/// List tokens, newest first
///
/// Examples:
///   apiconn token list --key erp-sync
///   apiconn token list --state all -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct TokenListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &TokenListArgs) -> Result<(), Failure> {
    let ends = args.filter.ends()?;
    list::run(
        ctx,
        "token.list",
        &args.page,
        |read, request, now| Ok(read.list_tokens(&args.filter.filter(&ends, read, now)?, request, now)?),
        TokenView::of,
    )
}
