use clap::Args;

use crate::actions::{ChangeOutcome, scopes};
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::domain::name::Text;
use crate::domain::scope::Scope;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// Declare a scope, with a description for the consent page
///
/// As long as no scope is declared, every scope is accepted. From the first declaration on, only declared scopes
/// can be given to keys, consumers, groups and grants. Scopes that exist are not changed.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Conflict, "the scope is declared with another description")],
    &["apiconn scope add assets.read \"Read the base's assets\""],
))]
pub struct ScopeAddArgs {
    /// Scope: printable ASCII without spaces, such as assets.read
    scope: Scope,
    /// What the scope allows, as shown on the consent page
    description: Text,
}

/// Runs `apiconn scope add` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ScopeAddArgs) -> Result<(), Failure> {
    check_format::<ScopeView>(ctx)?;
    ctx.allow_store_creation();
    let (entry, outcome) =
        ctx.change(|change| scopes::add(change, args.scope.clone(), args.description.clone()))?;
    let word = match outcome {
        ChangeOutcome::Unchanged => "is already declared",
        ChangeOutcome::Changed => "is declared",
        ChangeOutcome::WouldChange => "would be declared",
    };
    ctx.out.note(&format!("scope {} {word}.", entry.scope));
    print_change(ctx, "scope.add", outcome, ScopeView::of(&entry))
}
