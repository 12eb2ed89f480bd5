use clap::Args;

use crate::actions::{ChangeOutcome, groups};
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::completion;
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// Add a permission group, a named set of scopes
///
/// A key or consumer can be in one group, and has the scopes of the group besides its own.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Conflict, "another group has the name")],
    &["apiconn group add integrations --scope assets.read --scope work_orders.write"],
))]
pub struct GroupAddArgs {
    /// Name: a-z, 0-9 and, after the first character, . _ @ -
    name: Name,
    /// Scope of the group; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", add = completion::scopes())]
    scopes: Vec<Scope>,
    /// Purpose, as free text
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
}

/// Runs `apiconn group add` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupAddArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    let scopes = args.scopes.iter().cloned().collect();
    ctx.allow_store_creation();
    let (group, outcome) =
        ctx.change(|change| groups::add(change, args.name.clone(), args.description.clone(), scopes))?;
    let word = match outcome {
        ChangeOutcome::Unchanged => "already exists",
        ChangeOutcome::Changed => "added",
        ChangeOutcome::WouldChange => "would be added",
    };
    ctx.out.note(&format!("group {} {word}.", group.name));
    print_change(ctx, "group.add", outcome, GroupView::of(&group))
}
