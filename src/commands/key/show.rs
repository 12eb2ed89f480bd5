use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::completion;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Show one of the API keys with its secrets: when each was made, ends, was last used, how often
///
/// Examples:
///   apiconn key show NAME
///   apiconn key show NAME -o json | jq .key.secrets
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyShowArgs {
    /// By id, the unique beginning of one, or name
    #[arg(value_name = "KEY", add = completion::keys(completion::States::All))]
    handle: String,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyShowArgs) -> Result<(), Failure> {
    client::show::<KeyView>(ctx, "key.show", &args.handle)
}
