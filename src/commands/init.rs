use clap::Args;

use crate::actions::base::NewBase;
use crate::actions::{ChangeOutcome, audit};
use crate::commands::shared::help_text::after_help;
use crate::credentials::digest::hex;
use crate::domain::audit::Head;
use crate::domain::id::Environment;
use crate::domain::issuer::Issuer;
use crate::domain::name::Text;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::base::BaseView;
use crate::store::{StoreError, StoreLocation};

use crate::commands::context::{Ctx, default_issuer};
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;

/// Create a store for a base
///
/// The store is one SQLite file with the keys, consumers, users, grants and tokens of the base, its settings and
/// its audit. The file is created with mode 0600 and is never overwritten. If a store with the same name,
/// environment and issuer exists, nothing is changed and the exit code is 0.
///
/// The name and the environment of a base cannot be changed later. The issuer can: apiconn settings set issuer URL.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Conflict, "the file exists and is not this base")],
    &[
        "apiconn init --base \"Acme Maintenance\"",
        "apiconn init --base \"Acme Maintenance\" --env live --issuer https://auth.example.com",
    ],
))]
pub struct InitArgs {
    /// Name of the base, as shown on the pages
    #[arg(long, value_name = "NAME")]
    base: Text,
    /// Environment, part of every id and secret: live or test
    #[arg(long = "env", value_name = "ENV", default_value = "test")]
    environment: Environment,
    /// Public address of the token service [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    issuer: Option<Issuer>,
}

/// Runs `apiconn init` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &InitArgs) -> Result<(), Failure> {
    check_format::<BaseView>(ctx)?;
    let (path, _) = ctx.store_path()?;
    let location = StoreLocation::parse(path.as_os_str()).map_err(StoreError::from)?;
    let issuer = match &args.issuer {
        Some(issuer) => issuer.clone(),
        None => default_issuer()?,
    };
    let new = NewBase { name: args.base.clone(), environment: args.environment, issuer: issuer.clone() };
    let exists = path.symlink_metadata().is_ok();
    if ctx.globals.dry_run && !exists {
        let (content, record) = ctx.preview_store(new);
        ctx.out.note(&format!("Would create the store {}.", path.display()));
        let head = Head { store_id: content.base.store_id.clone(), sequence: 1, hash: hex(&record.hash) };
        let view = BaseView::of(
            &content.base,
            &content.settings,
            path.to_string_lossy().into_owned(),
            head.to_string(),
        );
        return print_change(ctx, "init", ChangeOutcome::WouldChange, view);
    }
    let created =
        if exists { Err(StoreError::Exists(location)) } else { ctx.create_store(&path, new).map(|_| ()) };
    let outcome = match created {
        Ok(()) => ChangeOutcome::Changed,
        Err(StoreError::Exists(location)) => {
            let (base, settings) = ctx.read(|read, _| Ok((read.base()?, read.settings()?)))?;
            if base.name != args.base
                || base.environment != args.environment
                || args.issuer.as_ref().is_some_and(|issuer| settings.issuer != *issuer)
            {
                return Err(Failure::from(StoreError::Exists(location)).hint(format!(
                    "it contains the base \"{}\", environment {}, issuer {}",
                    base.name,
                    base.environment.as_str(),
                    settings.issuer
                )));
            }
            ChangeOutcome::Unchanged
        }
        Err(error) => return Err(error.into()),
    };
    let (base, settings, head) =
        ctx.read(|read, _| Ok((read.base()?, read.settings()?, audit::head(read)?)))?;
    let (path_text, name) = (path.display(), &base.name);
    ctx.out.note(&if outcome.changed() {
        format!("Created the store {path_text} of base \"{name}\".")
    } else {
        format!("The store {path_text} of base \"{name}\" already exists. Nothing was changed.")
    });
    if outcome.changed() {
        ctx.out
            .note("Next: apiconn scope add SCOPE DESCRIPTION; then: apiconn key create NAME --scope SCOPE");
    }
    let view = BaseView::of(&base, &settings, path.to_string_lossy().into_owned(), head.to_string());
    print_change(ctx, "init", outcome, view)
}
