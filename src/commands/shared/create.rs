//! Making a key or a consumer, from the arguments to the handed-over secret.

use std::path::Path;

use crate::actions::clients;
use crate::actions::clients::{CreateOutcome, NewClient};
use crate::domain::State;
use crate::domain::id::ClientKind;
use crate::failure::Failure;
use crate::render::Warning;
use crate::render::view::client::ClientView;

use crate::commands::context::Ctx;
use crate::commands::shared::deliver::{Minting, SecretFile, check_delivery, hand_over, token_url};
use crate::commands::shared::list::check_handover;

/// What is to be made.
pub(crate) struct Creation<'a> {
    /// `key.create` or `consumer.add`.
    pub schema: &'static str,
    /// The client.
    pub new: NewClient,
    /// `--if-missing`.
    pub if_missing: bool,
    /// `--secret-file`.
    pub secret_file: Option<&'a Path>,
}

/// Makes the client and hands over its secret.
///
/// # Errors
/// Fails where the client is refused or its secret could not be handed over.
pub(crate) fn run<V: ClientView>(ctx: &mut Ctx<'_>, creation: Creation<'_>) -> Result<(), Failure> {
    let Creation { schema, new, if_missing, secret_file } = creation;
    check_handover::<V>(ctx)?;
    if new.is_confidential() {
        check_delivery(ctx, secret_file)?;
    }
    if !if_missing {
        SecretFile::require_free(secret_file)?;
    }
    ctx.may_make_store();
    let file = SecretFile::begin(ctx, secret_file)?;
    let asked = new.clone();
    let ((created, undeclared, token_url), outcome) = ctx.try_change(|change| -> Result<_, Failure> {
        let created = clients::create(change, new, if_missing)?;
        // Run a second time with --if-missing, the file is there as well, and that is as it should be.
        if if_missing && matches!(created, CreateOutcome::New(..)) {
            SecretFile::require_free(secret_file)?;
        }
        let undeclared = change.read().scopes()?.is_empty();
        Ok((created, undeclared, token_url(change.read())?))
    })?;
    let mut warnings = Vec::new();
    let mut warn = |code, message: String| warnings.push(Warning { code, message });
    let (client, issued) = match created {
        CreateOutcome::New(client, issued) => {
            let taken = client.direct_scopes.iter().find(|scope| !scope.is_built_in());
            if let (true, Some(scope)) = (undeclared, taken) {
                warn(
                    "undeclared_scope",
                    format!(
                        "no scope is declared yet, so {scope} was taken as it is; apiconn scope add declares one"
                    ),
                );
            }
            if client.kind() == ClientKind::Key && client.expires_at.is_none() {
                warn("never_expires", format!("key {} never expires; plan a rotation", client.name));
            }
            (client, issued)
        }
        CreateOutcome::Existing(client) => {
            ctx.out.note(&format!(
                "{} {} is there already: {}. Nothing was changed.",
                V::KIND.noun(),
                client.name,
                client.id
            ));
            let state = client.state(ctx.now());
            if state != State::Active {
                warn("not_active", format!("the {} that is there is {}", V::KIND.noun(), state.as_str()));
            }
            let fields = clients::differences(&client, &asked);
            if !fields.is_empty() {
                let noun = V::KIND.noun();
                warn(
                    "differs",
                    format!(
                        "the {noun} that is there differs in {}; apiconn {noun} edit changes it",
                        fields.join(", ")
                    ),
                );
            }
            (client, None)
        }
    };
    // A file that nothing was written to is taken away again.
    let file = if issued.is_some() { file } else { None };
    let minting = Minting { schema, client, issued, changed: outcome.changed(), warnings, token_url };
    hand_over::<V>(ctx, minting, file)
}
