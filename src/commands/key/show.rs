use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client_read;
use crate::commands::shared::help_text::examples;
use crate::completion;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Show an API key, its scopes and the state of its secrets
///
/// For each secret: its id, its last four characters, its state, when it was created and ends, when it was last
/// used, and how often. The secret itself is not stored and cannot be shown.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&[
    "apiconn key show erp-sync",
    "apiconn key show erp-sync -o json | jq .key.secrets",
]))]
pub struct KeyShowArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "KEY", add = completion::keys(completion::States::All))]
    handle: String,
}

/// Runs `apiconn key show` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyShowArgs) -> Result<(), Failure> {
    client_read::show::<KeyView>(ctx, "key.show", &args.handle)
}
