use std::path::PathBuf;

use clap::Args;

use crate::actions::clients::NewClient;
use crate::commands::context::Ctx;
use crate::commands::shared::create;
use crate::commands::shared::create::Creation;
use crate::completion;
use crate::domain::client::Profile;
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::domain::time::When;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Create an API key and hand over its secret, once
///
/// At a terminal the id and secret are shown; in a pipe they are one line, client_id TAB client_secret.
///
/// Examples:
///   apiconn key create erp-sync --scope assets.read --expires 90d
///   apiconn key create erp-sync --group integrations -o env >erp.env
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyCreateArgs {
    /// Its name: a-z, 0-9, and . _ @ - after the first
    name: Name,
    /// Hold this permission group
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    group: Option<Name>,
    /// Hold this scope; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", add = completion::scopes())]
    scopes: Vec<Scope>,
    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    owner: Option<Text>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
    /// When it ends: 90d, a date (its first moment, UTC), an RFC 3339 time, tomorrow or never; m is minutes [default: the setting key_default_lifetime]
    #[arg(long, value_name = "WHEN")]
    expires: Option<When>,
    /// Write the secret to this new file instead of standard output
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    secret_file: Option<PathBuf>,
    /// Do nothing if there is a key of that name
    #[arg(long)]
    if_missing: bool,
}

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
    create::run::<KeyView>(
        ctx,
        Creation {
            schema: "key.create",
            new,
            if_missing: args.if_missing,
            secret_file: args.secret_file.as_deref(),
        },
    )
}
