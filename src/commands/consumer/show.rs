use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client_read;
use crate::commands::shared::help_text::examples;
use crate::completion;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Show an OAuth consumer, its scopes and the state of its secrets
///
/// For each secret: its id, its last four characters, its state, when it was created and ends, when it was last
/// used, and how often. The secret itself is not stored and cannot be shown.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&[
    "apiconn consumer show field-app",
    "apiconn consumer show field-app -o json | jq .consumer.secrets",
]))]
pub struct ConsumerShowArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::All))]
    handle: String,
}

/// Runs `apiconn consumer show` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerShowArgs) -> Result<(), Failure> {
    client_read::show::<ConsumerView>(ctx, "consumer.show", &args.handle)
}
