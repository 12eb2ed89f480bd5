use clap::Args;

use crate::actions::catalog;
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::name::Text;
use crate::domain::scope::Scope;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// Describe a scope in other words
///
/// Examples:
///   apiconn scope edit assets.read "Look at assets, change nothing"
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ScopeEditArgs {
    /// The scope
    #[arg(add = completion::declared_scopes())]
    scope: Scope,
    /// What it allows, in words that a consent page can show
    description: Text,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ScopeEditArgs) -> Result<(), Failure> {
    check_format::<ScopeView>(ctx)?;
    let (entry, outcome) =
        ctx.change(|change| catalog::edit_scope(change, &args.scope, args.description.clone()))?;
    single(ctx, "scope.edit", outcome, ScopeView::of(&entry))
}
