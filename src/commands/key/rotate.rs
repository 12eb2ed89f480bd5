use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client_rotate::{RotationArgs, rotate};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Make a new secret for an API key; the old one works until the overlap ends
///
/// The id, the scopes and the expiry stay the same. The new secret is printed once. A key has at most two secrets
/// that work: a further rotation replaces the newest if it was never used, and is refused otherwise.
///
/// With --now all older secrets, and the tokens obtained with them, stop working when the new secret is printed.
/// Use it if a secret leaked. It asks for confirmation.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the key is revoked or expired, or two secrets are in use")],
    &[
        "apiconn key rotate erp-sync --overlap 72h -o env >new.env",
        "apiconn key rotate erp-sync --now --reason \"secret leaked\" --yes",
    ],
))]
pub struct KeyRotateArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "KEY", add = completion::keys(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    rotation: RotationArgs,
}

/// Runs `apiconn key rotate` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyRotateArgs) -> Result<(), Failure> {
    rotate::<KeyView>(ctx, "key.rotate", &args.handle, &args.rotation)
}
