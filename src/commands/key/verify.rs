use clap::Args;

use crate::actions::clients::secrets;
use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;
use crate::failure::Failure;
use crate::render::view::verification::VerificationView;

/// Say whether a secret is accepted, whose it is and what it may do
///
/// The secret is read from standard input, or at a terminal from a hidden prompt; never from the command line. A secret
/// that is refused exits with 5 and says why. A mistyped one is seen without opening the store.
///
/// Examples:
///   apiconn key verify - <secret.txt
///   jq -r .client_secret key.json | apiconn key verify -
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyVerifyArgs {
    /// - for standard input
    #[arg(value_name = "-", default_value = "-", hide_default_value = true)]
    source: String,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyVerifyArgs) -> Result<(), Failure> {
    check_format::<VerificationView>(ctx)?;
    if args.source != "-" {
        return Err(Failure::usage("a secret is read from standard input, never from the command line")
            .hint("apiconn key verify - <FILE; if that was a secret, it is in your shell's history now: rotate it"));
    }
    let plain = ctx.read_secret("Secret")?;
    secrets::recognise_secret(&plain)?;
    let verified = ctx.read(|read, now| {
        let verified = secrets::verify(read, &plain, now)?;
        Ok(verified.map(|held| VerificationView::of(&held.client, &held.secret, now)))
    })?;
    ctx.out.show("key.verify", &verified?).map_err(|error| Failure::output(&error))
}
