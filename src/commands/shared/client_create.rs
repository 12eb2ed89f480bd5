//! Shared implementation of `key create` and `consumer add`.

use std::path::Path;

use crate::actions::clients;
use crate::actions::clients::{CreateOutcome, NewClient};
use crate::commands::context::Ctx;
use crate::commands::shared::deliver::{NewSecret, check_delivery, print_secret, token_url};
use crate::commands::shared::output::check_secret_format;
use crate::commands::shared::secret_file::SecretFile;
use crate::domain::State;
use crate::domain::id::ClientKind;
use crate::failure::Failure;
use crate::render::Warning;
use crate::render::view::client::ClientView;

/// A command line that creates a client.
pub(crate) struct CreateRequest<'a> {
    /// The schema of the output: `key.create` or `consumer.add`.
    pub schema: &'static str,
    pub new: NewClient,
    /// Warnings about the properties of the new client.
    pub warnings: Vec<Warning>,
    pub if_missing: bool,
    pub secret_file: Option<&'a Path>,
}

/// Creates a client and prints its secret.
///
/// # Errors
/// [`Failure`] if the client is refused, or its secret could not be written; then no usable client was created.
pub(crate) fn run<V: ClientView>(ctx: &mut Ctx<'_>, request: CreateRequest<'_>) -> Result<(), Failure> {
    let CreateRequest { schema, new, warnings: profile_warnings, if_missing, secret_file } = request;
    check_secret_format::<V>(ctx)?;
    if new.is_confidential() {
        check_delivery(ctx, secret_file)?;
    }
    if !if_missing {
        SecretFile::require_free(secret_file)?;
    }
    ctx.allow_store_creation();
    let file = SecretFile::begin(ctx, secret_file)?;
    let requested = new.clone();
    let ((created, no_scope_declared, token_url), outcome) =
        ctx.try_change(|change| -> Result<_, Failure> {
            let created = clients::create(change, new, if_missing)?;
            // With --if-missing and an existing client, the file of the first run is expected to exist.
            if if_missing && matches!(created, CreateOutcome::New(..)) {
                SecretFile::require_free(secret_file)?;
            }
            let no_scope_declared = change.read().scopes()?.is_empty();
            Ok((created, no_scope_declared, token_url(change.read())?))
        })?;
    let noun = V::KIND.noun();
    let is_new = matches!(created, CreateOutcome::New(..));
    let mut warnings = if is_new { profile_warnings } else { Vec::new() };
    let mut warn = |code, message: String| warnings.push(Warning::new(code, message));
    let (client, issued) = match created {
        CreateOutcome::New(client, issued) => {
            let undeclared = client.direct_scopes.iter().find(|scope| !scope.is_built_in());
            if let (true, Some(scope)) = (no_scope_declared, undeclared) {
                warn(
                    "undeclared_scope",
                    format!(
                        "no scope is declared yet, so {scope} was accepted as it is; to declare one: apiconn scope add SCOPE DESCRIPTION"
                    ),
                );
            }
            if client.kind() == ClientKind::Key && client.expires_at.is_none() {
                warn("never_expires", format!("key {} never expires; plan a rotation", client.name));
            }
            (client, issued)
        }
        CreateOutcome::Existing(client) => {
            ctx.out
                .note(&format!("{noun} {} already exists: {}. Nothing was changed.", client.name, client.id));
            let state = client.state(ctx.now());
            if state != State::Active {
                warn("not_active", format!("the existing {noun} is {}", state.as_str()));
            }
            let fields = clients::differences(&client, &requested);
            if !fields.is_empty() {
                warn(
                    "differs",
                    format!(
                        "the existing {noun} differs in {}; to change it: apiconn {noun} edit {}",
                        fields.join(", "),
                        client.name
                    ),
                );
            }
            (client, None)
        }
    };
    // Dropping the file removes it, if there is no secret to write.
    let file = if issued.is_some() { file } else { None };
    let new = NewSecret { schema, client, issued, changed: outcome.changed(), warnings, token_url };
    print_secret::<V>(ctx, new, file)
}
