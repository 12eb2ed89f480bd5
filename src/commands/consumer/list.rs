use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client_filter::{ClientFilterArgs, ClientSortArgs};
use crate::commands::shared::client_read;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::list::PageArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// List OAuth consumers, newest first
///
/// Without --state, revoked consumers are left out. At most --limit consumers are printed; the command says how to
/// get the next page. Secrets are never printed.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Findings, "--fail-if-any was given and a consumer was found")],
    &[
        "apiconn consumer list --expiring-in 14d --fail-if-any",
        "apiconn consumer list --unused-for 90d --sort last_used -o json",
    ],
))]
pub struct ConsumerListArgs {
    #[command(flatten)]
    filter: ClientFilterArgs,
    #[command(flatten)]
    sort: ClientSortArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `apiconn consumer list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerListArgs) -> Result<(), Failure> {
    client_read::list::<ConsumerView>(ctx, "consumer.list", &args.filter, &args.sort, &args.page)
}
