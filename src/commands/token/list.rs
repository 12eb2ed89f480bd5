use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::token::TokenView;

use crate::commands::token::filter::TokenFilterArgs;

/// List the tokens that the service has issued, newest first
///
/// Without --state only tokens that are accepted now are listed. The tokens themselves are not stored and cannot be
/// printed; the list has their ids.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Findings, "--fail-if-any was given and a token was found")],
    &["apiconn token list --key erp-sync", "apiconn token list --state all -o json"],
))]
pub struct TokenListArgs {
    #[command(flatten)]
    filter: TokenFilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `apiconn token list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &TokenListArgs) -> Result<(), Failure> {
    let handles = args.filter.handles()?;
    list::run(
        ctx,
        "token.list",
        &args.page,
        |read, request, now| Ok(read.list_tokens(&args.filter.filter(&handles, read, now)?, request, now)?),
        TokenView::of,
    )
}
