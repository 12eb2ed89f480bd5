use clap::Args;

use crate::actions::scopes;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::completion;
use crate::domain::name::Text;
use crate::domain::scope::Scope;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// Change the description of a scope
///
/// Users see the description on the consent page. The scope itself cannot be renamed.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&[
    "apiconn scope edit assets.read \"View assets, without changing them\"",
]))]
pub struct ScopeEditArgs {
    /// Declared scope to describe again
    #[arg(add = completion::declared_scopes())]
    scope: Scope,
    /// What the scope allows, as shown on the consent page
    description: Text,
}

/// Runs `apiconn scope edit` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ScopeEditArgs) -> Result<(), Failure> {
    check_format::<ScopeView>(ctx)?;
    let (entry, outcome) =
        ctx.change(|change| scopes::edit(change, &args.scope, args.description.clone()))?;
    print_change(ctx, "scope.edit", outcome, ScopeView::of(&entry))
}
