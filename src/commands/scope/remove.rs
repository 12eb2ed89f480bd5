use clap::Args;

use crate::actions::catalog;
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::scope::Scope;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// Take a scope out that nothing holds any more
///
/// Examples:
///   apiconn scope remove assets.read --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ScopeRemoveArgs {
    /// The scope
    #[arg(add = completion::declared_scopes())]
    scope: Scope,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ScopeRemoveArgs) -> Result<(), Failure> {
    check_format::<ScopeView>(ctx)?;
    ctx.require_answer("scope remove")?;
    ctx.confirm(&[], &format!("Remove the scope {} of", args.scope))?;
    let (entry, outcome) = ctx.change(|change| catalog::remove_scope(change, &args.scope))?;
    ctx.out.note(&format!(
        "scope {} {}.",
        entry.scope,
        if ctx.globals.dry_run { "would be removed" } else { "removed" }
    ));
    single(ctx, "scope.remove", outcome, ScopeView::of(&entry))?;
    ctx.tell_equivalent();
    Ok(())
}
