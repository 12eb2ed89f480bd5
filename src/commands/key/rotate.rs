use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::RotationArgs;
use crate::completion;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Make a second secret; the old one stays accepted for the overlap
///
/// The id, scopes and end stay as they are. With two live secrets, the newest is replaced if it was never used.
///
/// Examples:
///   apiconn key rotate NAME --overlap 72h -o env >new.env
///   apiconn key rotate NAME --now --reason "it leaked" --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyRotateArgs {
    /// By id, the unique beginning of one, or name
    #[arg(value_name = "KEY", add = completion::keys(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    rotation: RotationArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyRotateArgs) -> Result<(), Failure> {
    client::rotate::<KeyView>(ctx, "key.rotate", &args.handle, &args.rotation)
}
