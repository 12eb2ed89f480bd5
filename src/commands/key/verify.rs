use clap::Args;

use crate::actions::clients::secrets;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::verification::VerificationView;

/// Check whether a secret is accepted, and show whose it is
///
/// Takes the secret of a key or of a consumer. The secret is read from standard input, or at a terminal from a
/// hidden prompt; never from the command line. A mistyped secret is detected by its checksum, without opening the
/// store. The check is not counted as a use of the secret.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the secret is not accepted; the error says why")],
    &["apiconn key verify - <erp.secret", "jq -r .client_secret key.json | apiconn key verify -"],
))]
pub struct KeyVerifyArgs {
    /// Only - is accepted: read the secret from standard input
    #[arg(value_name = "-", default_value = "-", hide_default_value = true)]
    source: String,
}

/// Runs `apiconn key verify` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyVerifyArgs) -> Result<(), Failure> {
    check_format::<VerificationView>(ctx)?;
    if args.source != "-" {
        return Err(Failure::usage("the secret is read from standard input, never from the command line")
            .hint("to check a secret in a file: apiconn key verify - <FILE"));
    }
    let plain = ctx.read_secret("Secret")?;
    secrets::recognise_secret(&plain)?;
    let verified = ctx.read(|read, now| {
        let verified = secrets::verify(read, &plain, now)?;
        Ok(verified.map(|verified| VerificationView::of(&verified.client, &verified.secret, now)))
    })?;
    ctx.out.show("key.verify", &verified?).map_err(|error| Failure::output(&error))
}
