//! `rotate` of keys and consumers.

use std::path::PathBuf;

use clap::Args;

use crate::actions::clients::secrets;
use crate::actions::clients::secrets::Rotation;
use crate::actions::resolve;
use crate::commands::context::Ctx;
use crate::commands::shared::client_read::last_use;
use crate::commands::shared::deliver::{NewSecret, check_delivery, print_secret, token_url};
use crate::commands::shared::output::check_secret_format;
use crate::commands::shared::secret_file::SecretFile;
use crate::domain::State;
use crate::domain::handle::Handle;
use crate::domain::time::Span;
use crate::failure::Failure;
use crate::render::Warning;
use crate::render::view::client::ClientView;
use crate::render::words::{capitalised, count, count_up_to};
use crate::store::clients::Impact;

/// The flags of `rotate`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RotationArgs {
    /// Time for which the old secret stays valid [default: the setting rotation_overlap]
    #[arg(long, value_name = "DURATION")]
    pub overlap: Option<Span>,
    /// End the old secrets and their tokens when the new secret is printed
    #[arg(long, conflicts_with = "overlap")]
    pub now: bool,
    /// Write the secret to a new file with mode 0600 instead of standard output
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub secret_file: Option<PathBuf>,
}

/// Makes a new secret for a client and prints it.
///
/// # Errors
/// [`Failure`] if the client cannot be rotated or the secret cannot be written; then the old secrets work on.
pub(crate) fn rotate<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    handle: &str,
    args: &RotationArgs,
) -> Result<(), Failure> {
    check_secret_format::<V>(ctx)?;
    let (kind, noun) = (V::KIND, V::KIND.noun());
    let handle = Handle::parse(kind.into(), handle)?;
    if args.now {
        ctx.require_answer(&format!("{noun} rotate --now"))?;
        let (name, impact) = ctx.read(|read, now| {
            let client = resolve::client(read, kind, &handle)?;
            let secrets = read.secrets_of(&client.id)?;
            let working = secrets.iter().filter(|secret| secret.is_live(now)).count();
            let impact = read.client_impact(&client.id, now)?;
            let line = format!(
                "  {noun} {} ({}): {}, {}, {}",
                client.name,
                client.id,
                count(working, "live secret"),
                count_up_to(impact.tokens, Impact::CAP, "live token"),
                last_use(&client, now)
            );
            Ok((client.name, line))
        })?;
        ctx.confirm(&[impact], &format!("Rotate {noun} {name} now in"))?;
    }
    let rotation = match (args.now, args.overlap) {
        (true, _) => Some(Rotation::Now),
        (false, overlap) => overlap.map(Rotation::Overlap),
    };
    check_delivery(ctx, args.secret_file.as_deref())?;
    SecretFile::require_free(args.secret_file.as_deref())
        .map_err(|failure| failure.hint("the old secret is still valid"))?;
    let file = SecretFile::begin(ctx, args.secret_file.as_deref())?;
    let ((client, issued, consequences, token_url), outcome) = ctx.change(|change| {
        let (client, issued, consequences) = secrets::rotate(change, kind, &handle, rotation)?;
        Ok((client, issued, consequences, token_url(change.read())?))
    })?;
    let mut warnings = Vec::new();
    if let Some(hint) = consequences.replaced {
        let message = format!("the secret ending in {hint} was never used, and is revoked");
        warnings.push(Warning::new("replaces_unused", message));
    }
    if client.state(ctx.now()) == State::Disabled {
        let message =
            format!("{noun} {} is disabled: no secret of it works until it is enabled", client.name);
        warnings.push(Warning::new("not_active", message));
    }
    let old = consequences
        .retiring
        .map(|(hint, end)| format!("the secret ending in {hint} works until {}", end.to_rfc3339()));
    let new =
        NewSecret { schema, client, issued: Some(issued), changed: outcome.changed(), warnings, token_url };
    print_secret::<V>(ctx, new, file)?;
    if let Some(old) = old {
        ctx.out.note(&format!("{}.", capitalised(&old)));
    }
    ctx.print_equivalent();
    Ok(())
}
