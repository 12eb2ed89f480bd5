//! Printing a new secret. It was committed as pending; it is printed or written to a file, and then activated in a
//! second transaction.

use std::path::Path;

use crate::actions::ActionError;
use crate::actions::clients::secrets;
use crate::actions::clients::secrets::PendingSecret;
use crate::commands::context::Ctx;
use crate::commands::shared::secret_file::SecretFile;
use crate::domain::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::client::ClientView;
use crate::render::{ChangeReport, Credentials, Format, Warning};
use crate::store::ReadTx;

/// Refuses an output format that would lose the secret, which cannot be printed again.
///
/// # Errors
/// [`Failure`] with [`Exit::Usage`] for `-o id` without a secret file.
pub(crate) fn check_delivery(ctx: &Ctx<'_>, secret_file: Option<&Path>) -> Result<(), Failure> {
    if ctx.out.format == Format::Id && secret_file.is_none() && !ctx.globals.dry_run {
        return Err(Failure::usage("-o id does not print the secret, which cannot be printed later")
            .hint("add --secret-file PATH, or use -o tsv, -o env or --json"));
    }
    Ok(())
}

/// A client with a new secret.
pub(crate) struct NewSecret {
    /// The schema of the output, such as `key.create`.
    pub schema: &'static str,
    pub client: Client,
    /// The pending secret; `None` for a public consumer or a client that existed before.
    pub issued: Option<PendingSecret>,
    /// True if the store was changed, or would be.
    pub changed: bool,
    pub warnings: Vec<Warning>,
    pub token_url: String,
}

/// Returns the URL of the token endpoint.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be read.
pub(crate) fn token_url(read: &dyn ReadTx) -> Result<String, ActionError> {
    Ok(read.settings()?.issuer.endpoint("/oauth/token"))
}

/// Prints a new secret, or writes it to the file, and activates it. If that fails the secret is withdrawn, and a client
/// that was created with it is revoked.
///
/// # Errors
/// [`Failure`] if the secret could not be written or activated; then it is never accepted.
pub(crate) fn print_secret<V: ClientView>(
    ctx: &mut Ctx<'_>,
    new: NewSecret,
    mut file: Option<SecretFile>,
) -> Result<(), Failure> {
    let NewSecret { schema, client, issued, changed, warnings, token_url } = new;
    let (dry_run, operation) = (ctx.globals.dry_run, ctx.operation());
    let issued = issued.filter(|_| !dry_run);
    if let (Some(file), Some(issued)) = (&mut file, &issued) {
        if let Err(error) = file.write(issued) {
            return Err(not_delivered(ctx, &client, issued, &error));
        }
        activate(ctx, &client, issued)?;
        file.keep();
    }
    if let (None, Some(issued), true) = (&file, &issued, ctx.stdout_may_be_closed()) {
        let error = std::io::Error::other("standard output is closed or discarded");
        return Err(not_delivered(ctx, &client, issued, &error));
    }
    for warning in &warnings {
        ctx.out.warn(warning);
    }
    let path = file.as_ref().map(SecretFile::path);
    let credentials = Credentials {
        client_id: client.id.as_str(),
        secret: issued.as_ref().filter(|_| path.is_none()).map(|issued| &issued.plain),
        file: path.as_deref(),
        token_url: &token_url,
    };
    let now = ctx.now();
    let written = ChangeReport {
        schema,
        changed,
        dry_run,
        operation: &operation,
        items: vec![(V::of(&client, None, now), changed)],
        warnings,
        single: true,
    };
    let printed = ctx.out.report_change(&written, Some(&credentials));
    match (&issued, &path, printed) {
        (Some(issued), None, Err(error)) => return Err(not_delivered(ctx, &client, issued, &error)),
        (Some(issued), None, Ok(())) => activate(ctx, &client, issued)?,
        (_, _, printed) => printed.map_err(|error| Failure::output(&error))?,
    }
    if ctx.out.format == Format::Table {
        let (noun, name) = (client.kind().noun(), &client.name);
        match (&path, &issued) {
            (Some(path), _) => {
                ctx.out.note(&format!("The secret is in {path}. The store keeps only its digest."));
            }
            (None, Some(_)) => {
                ctx.out.note(
                    "Copy the secret now: it cannot be printed again. The store keeps only its digest.",
                );
            }
            (None, None) if dry_run => ctx.out.note("Dry run: nothing was changed."),
            (None, None) => {}
        }
        if !dry_run {
            ctx.out.note(&format!("Next: apiconn {noun} show {name}"));
        }
    }
    Ok(())
}

/// Activates a secret that was printed. If that fails the secret is withdrawn, so that the command can be repeated.
fn activate(ctx: &mut Ctx<'_>, client: &Client, issued: &PendingSecret) -> Result<(), Failure> {
    let Err(failure) = ctx.change(|change| secrets::deliver(change, issued)) else { return Ok(()) };
    let (noun, name) = (client.kind().noun(), &client.name);
    let message = format!(
        "the secret of {noun} {name} was printed but could not be activated, and is never accepted: {}",
        failure.message
    );
    Err(withdraw(ctx, issued, Failure { message, hints: Vec::new(), ..failure }))
}

fn not_delivered(
    ctx: &mut Ctx<'_>,
    client: &Client,
    issued: &PendingSecret,
    error: &std::io::Error,
) -> Failure {
    let (noun, name) = (client.kind().noun(), &client.name);
    let message = format!("the secret of {noun} {name} could not be written: {error}");
    withdraw(ctx, issued, Failure::new(Exit::Failed, "undelivered", message))
}

/// Withdraws a secret, and adds the hint when the command can be repeated.
fn withdraw(ctx: &mut Ctx<'_>, issued: &PendingSecret, failure: Failure) -> Failure {
    match ctx.change(|change| secrets::withdraw(change, issued)) {
        Ok(_) => failure.hint("the secret was withdrawn and was never accepted; try again"),
        Err(_) => failure.hint("the secret is never accepted; try again in one minute"),
    }
}
