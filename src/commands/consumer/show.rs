use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::completion;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Show one of the consumers with its secrets: when each was made, ends, was last used, how often
///
/// Examples:
///   apiconn consumer show NAME
///   apiconn consumer show NAME -o json | jq .consumer.secrets
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerShowArgs {
    /// By id, the unique beginning of one, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::All))]
    handle: String,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerShowArgs) -> Result<(), Failure> {
    client::show::<ConsumerView>(ctx, "consumer.show", &args.handle)
}
