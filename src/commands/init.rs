use clap::Args;

use crate::actions::base::NewBase;
use crate::actions::{Outcome, audit};
use crate::credentials::digest::hex;
use crate::domain::audit::Head;
use crate::domain::id::Environment;
use crate::domain::name::Text;
use crate::domain::redirect::Issuer;
use crate::failure::Failure;
use crate::render::view::base::BaseView;
use crate::store::StoreError;

use crate::commands::context::{Ctx, default_issuer};
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;

/// Make a store for one base
///
/// Made again with the same words, it changes nothing and succeeds.
///
/// Examples:
///   apiconn init --base "Acme Maintenance" --env live --issuer https://auth.example.com
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct InitArgs {
    /// What people call the base
    #[arg(long, value_name = "NAME")]
    base: Text,
    /// live for real use, test for trials; it is part of every credential
    #[arg(long = "env", value_name = "ENV", default_value = "test")]
    environment: Environment,
    /// Public address of the token service [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    issuer: Option<Issuer>,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &InitArgs) -> Result<(), Failure> {
    check_format::<BaseView>(ctx)?;
    let (path, _) = ctx.store_path()?;
    let issuer = match &args.issuer {
        Some(issuer) => issuer.clone(),
        None => default_issuer()?,
    };
    let new = NewBase { name: args.base.clone(), environment: args.environment, issuer: issuer.clone() };
    let is_there = path.symlink_metadata().is_ok();
    if ctx.globals.dry_run && !is_there {
        let (content, record) = ctx.preview_store(new);
        ctx.out.note(&format!("Would make the store {}.", path.display()));
        let head = Head { store_id: content.base.store_id.clone(), sequence: 1, hash: hex(&record.hash) };
        let view = BaseView::of(
            &content.base,
            &content.settings,
            path.to_string_lossy().into_owned(),
            head.to_string(),
        );
        return single(ctx, "init", Outcome::WouldChange, view);
    }
    let made = if is_there {
        Err(StoreError::Exists(path.clone()))
    } else {
        ctx.create_store(&path, new).map(|_| ())
    };
    let outcome = match made {
        Ok(()) => Outcome::Changed,
        Err(StoreError::Exists(path)) => {
            let (base, settings) = ctx.read(|read, _| Ok((read.base()?, read.settings()?)))?;
            if base.name != args.base
                || base.environment != args.environment
                || args.issuer.as_ref().is_some_and(|issuer| settings.issuer != *issuer)
            {
                return Err(Failure::from(StoreError::Exists(path)).hint(format!(
                    "it is the base \"{}\", environment {}, issuer {}",
                    base.name,
                    base.environment.as_str(),
                    settings.issuer
                )));
            }
            Outcome::Unchanged
        }
        Err(error) => return Err(error.into()),
    };
    let (base, settings, head) =
        ctx.read(|read, _| Ok((read.base()?, read.settings()?, audit::head(read)?)))?;
    let word = if outcome.changed() { "Made" } else { "There is already" };
    ctx.out.note(&format!("{word} the store {} of base \"{}\".", path.display(), base.name));
    if outcome.changed() {
        ctx.out.note("Next: apiconn scope add SCOPE DESCRIPTION, then apiconn key create NAME --scope SCOPE");
    }
    let view = BaseView::of(&base, &settings, path.to_string_lossy().into_owned(), head.to_string());
    single(ctx, "init", outcome, view)
}
