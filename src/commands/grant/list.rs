use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::grant::GrantView;

use crate::commands::grant::filter::GrantFilterArgs;

/// List the grants of users to consumers, newest first
///
/// Without --state only active grants are listed.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Findings, "--fail-if-any was given and a grant was found")],
    &[
        "apiconn grant list --consumer field-app",
        "apiconn grant list --user tech1 --state all -o json",
    ],
))]
pub struct GrantListArgs {
    #[command(flatten)]
    filter: GrantFilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `apiconn grant list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GrantListArgs) -> Result<(), Failure> {
    let handles = args.filter.handles()?;
    list::run(
        ctx,
        "grant.list",
        &args.page,
        |read, request, now| Ok(read.list_grants(&args.filter.filter(&handles, read, now)?, request)?),
        |grant, _| GrantView::of(grant),
    )
}
