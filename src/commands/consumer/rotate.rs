use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::RotationArgs;
use crate::completion;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Make a second secret; the old one stays accepted for the overlap
///
/// The id, scopes and end stay as they are. With two live secrets, the newest is replaced if it was never used.
///
/// Examples:
///   apiconn consumer rotate NAME --overlap 72h -o env >new.env
///   apiconn consumer rotate NAME --now --reason "it leaked" --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerRotateArgs {
    /// By id, the unique beginning of one, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    rotation: RotationArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerRotateArgs) -> Result<(), Failure> {
    client::rotate::<ConsumerView>(ctx, "consumer.rotate", &args.handle, &args.rotation)
}
