use clap::Args;

use crate::actions::{Outcome, catalog};
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::domain::name::Text;
use crate::domain::scope::Scope;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// Declare a scope; from the first one on, only declared scopes are accepted
///
/// Examples:
///   apiconn scope add assets.read "Read the base's assets"
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ScopeAddArgs {
    /// The scope
    scope: Scope,
    /// What it allows, in words that a consent page can show
    description: Text,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ScopeAddArgs) -> Result<(), Failure> {
    check_format::<ScopeView>(ctx)?;
    ctx.may_make_store();
    let (entry, outcome) =
        ctx.change(|change| catalog::add_scope(change, args.scope.clone(), args.description.clone()))?;
    let word = match outcome {
        Outcome::Unchanged => "is declared already",
        Outcome::Changed => "is declared",
        Outcome::WouldChange => "would be declared",
    };
    ctx.out.note(&format!("scope {} {word}.", entry.scope));
    single(ctx, "scope.add", outcome, ScopeView::of(&entry))
}
