use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client_rotate::{RotationArgs, rotate};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Make a new secret for an OAuth consumer; the old one works until the overlap ends
///
/// The id, the scopes and the expiry stay the same. The new secret is printed once. A consumer has at most two
/// secrets that work: a further rotation replaces the newest if it was never used, and is refused otherwise.
///
/// With --now all older secrets, and the tokens obtained with them, stop working when the new secret is printed.
/// Use it if a secret leaked. It asks for confirmation.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the consumer is revoked, expired or public, or two secrets are in use")],
    &[
        "apiconn consumer rotate field-app --overlap 72h -o env >new.env",
        "apiconn consumer rotate field-app --now --reason \"secret leaked\" --yes",
    ],
))]
pub struct ConsumerRotateArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    rotation: RotationArgs,
}

/// Runs `apiconn consumer rotate` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerRotateArgs) -> Result<(), Failure> {
    rotate::<ConsumerView>(ctx, "consumer.rotate", &args.handle, &args.rotation)
}
