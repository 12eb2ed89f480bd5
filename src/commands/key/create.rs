use std::path::PathBuf;

use clap::Args;

use crate::actions::clients::NewClient;
use crate::commands::context::Ctx;
use crate::commands::shared::client_create;
use crate::commands::shared::client_create::CreateRequest;
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::domain::client::Profile;
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::domain::time::TimeSpec;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Create an API key and print its secret once
///
/// The key needs a scope or a group. The store keeps only a digest of the secret, so the secret cannot be printed
/// again. At a terminal the id and the secret are labelled; in a pipe they are one line, client_id TAB
/// client_secret. If the secret cannot be written, the new key is revoked.
///
/// This command never replaces a key. To replace the secret of a key, use apiconn key rotate.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::Conflict, "another key has the name, or the secret file exists"),
        (Exit::Refused, "the key would live longer than the setting key_max_lifetime"),
    ],
    &[
        "apiconn key create erp-sync --scope assets.read --expires 90d",
        "apiconn key create erp-sync --group integrations -o env >erp.env",
        "apiconn key create erp-sync --group integrations --secret-file erp.secret --if-missing",
    ],
))]
pub struct KeyCreateArgs {
    /// Name: a-z, 0-9 and, after the first character, . _ @ -
    name: Name,
    /// Permission group whose scopes the key gets
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    group: Option<Name>,
    /// Scope to give; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", add = completion::scopes())]
    scopes: Vec<Scope>,
    /// Person or team responsible, as free text
    #[arg(long, value_name = "TEXT")]
    owner: Option<Text>,
    /// Purpose, as free text
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
    /// Expiry: a duration (90d), a date, an RFC 3339 time, tomorrow or never [default: the setting
    /// key_default_lifetime]
    ///
    /// A duration counts from now. A date means 00:00 UTC on that day. apiconn help durations lists the units.
    #[arg(long, value_name = "WHEN")]
    expires: Option<TimeSpec>,
    /// Write the secret to a new file with mode 0600 instead of standard output
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    secret_file: Option<PathBuf>,
    /// Do nothing if a key with this name exists
    ///
    /// Exits with 0 and prints the existing key, without a secret. A warning names the fields that differ.
    #[arg(long)]
    if_missing: bool,
}

/// Runs `apiconn key create` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyCreateArgs) -> Result<(), Failure> {
    let new = NewClient {
        name: args.name.clone(),
        profile: Profile::Key,
        description: args.description.clone(),
        owner: args.owner.clone(),
        group: args.group.clone(),
        scopes: args.scopes.iter().cloned().collect(),
        expires: args.expires,
    };
    client_create::run::<KeyView>(
        ctx,
        CreateRequest {
            schema: "key.create",
            new,
            warnings: Vec::new(),
            if_missing: args.if_missing,
            secret_file: args.secret_file.as_deref(),
        },
    )
}
