use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client_filter::{ClientFilterArgs, ClientSortArgs};
use crate::commands::shared::client_read;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::list::PageArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// List API keys, newest first
///
/// Without --state, revoked keys are left out. At most --limit keys are printed; the command says how to get the
/// next page. Secrets are never printed.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Findings, "--fail-if-any was given and a key was found")],
    &[
        "apiconn key list --expiring-in 14d --fail-if-any",
        "apiconn key list --unused-for 90d --sort last_used -o json",
    ],
))]
pub struct KeyListArgs {
    #[command(flatten)]
    filter: ClientFilterArgs,
    #[command(flatten)]
    sort: ClientSortArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `apiconn key list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyListArgs) -> Result<(), Failure> {
    client_read::list::<KeyView>(ctx, "key.list", &args.filter, &args.sort, &args.page)
}
