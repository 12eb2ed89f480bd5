use clap::Args;

use crate::actions::scopes;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::completion;
use crate::domain::scope::Scope;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// Remove the declaration of a scope that nothing uses
///
/// A scope that a key, consumer, group or active grant has cannot be removed. The command asks for confirmation.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::Conflict, "the scope is in use; the hint says how to list what uses it"),
        (Exit::Refused, "the question was answered with no"),
    ],
    &["apiconn scope remove assets.read --yes"],
))]
pub struct ScopeRemoveArgs {
    /// Declared scope to remove
    #[arg(add = completion::declared_scopes())]
    scope: Scope,
}

/// Runs `apiconn scope remove` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ScopeRemoveArgs) -> Result<(), Failure> {
    check_format::<ScopeView>(ctx)?;
    ctx.require_answer("scope remove")?;
    ctx.confirm(&[], &format!("Remove the scope {} of", args.scope))?;
    let (entry, outcome) = ctx.change(|change| scopes::remove(change, &args.scope))?;
    ctx.out.note(&format!(
        "scope {} {}.",
        entry.scope,
        if ctx.globals.dry_run { "would be removed" } else { "removed" }
    ));
    print_change(ctx, "scope.remove", outcome, ScopeView::of(&entry))?;
    ctx.print_equivalent();
    Ok(())
}
