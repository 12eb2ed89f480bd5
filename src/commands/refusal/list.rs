use clap::Args;

use crate::actions::refusals;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::domain::page::Page;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::Format;
use crate::render::view::refusal::RefusalView;

/// List the requests that the service refused, newest first
///
/// The caller of a refused request gets only an OAuth error; here is the full reason. Equal refusals of
/// one minute share an entry with a count. The newest 8,000 refusals of clients are kept, at most 500 of one client, and
/// 2,000 of requests that name no client that exists. What a refusal says about the request was sent by the caller and is
/// not verified.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Findings, "--fail-if-any was given and a refusal was found")],
    &[
        "apiconn refusal list --limit 50",
        "apiconn refusal list -o json --fields request_id,check,suggested_command",
    ],
))]
pub struct RefusalListArgs {
    /// Print at most the newest N refusals
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Exit with 7 if the list is not empty
    #[arg(long)]
    fail_if_any: bool,
}

/// Runs `apiconn refusal list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &RefusalListArgs) -> Result<(), Failure> {
    let page = PageArgs { limit: args.limit, cursor: None, all: false, fail_if_any: args.fail_if_any };
    let mut count = 0;
    list::run(
        ctx,
        "refusal.list",
        &page,
        |read, request, _| {
            let items = refusals::last(read, request.limit)?;
            count = items.len();
            Ok(Page { items, next: None })
        },
        |stored, _| RefusalView::of(stored),
    )?;
    if ctx.out.format == Format::Table && count > 0 {
        ctx.out.note("To see which command fixes one: apiconn refusal show REQUEST_ID");
    }
    Ok(())
}
