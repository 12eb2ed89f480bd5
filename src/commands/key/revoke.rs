use clap::Args;

use crate::actions::clients::StateChange;
use crate::commands::context::Ctx;
use crate::commands::shared::client_filter::ClientFilterArgs;
use crate::commands::shared::client_switch::{Targets, switch};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Revoke API keys permanently, with all their tokens
///
/// From the next request their secrets and tokens are refused. This cannot be undone. The record stays for apiconn
/// key show and the audit, and the name can be used again. The command asks for confirmation and changes all
/// selected keys in one transaction, or none.
///
/// To stop a key for a while, use apiconn key disable.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the question was answered with no")],
    &[
        "apiconn key revoke erp-sync --reason \"replaced\" --yes",
        "apiconn key list --unused-for 1w -o id | apiconn key revoke - --yes",
    ],
))]
pub struct KeyRevokeArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "KEY", add = completion::keys(completion::States::NotRevoked))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: ClientFilterArgs,
    /// Select every key that is not revoked
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn key revoke` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyRevokeArgs) -> Result<(), Failure> {
    let targets = Targets { handles: &args.handles, filter: &args.filter, all: args.all };
    switch::<KeyView>(ctx, "key.revoke", StateChange::Revoke, &targets)
}
