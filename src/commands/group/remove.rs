use clap::Args;

use crate::actions::groups;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::completion;
use crate::domain::name::Name;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// Remove a permission group that has no members
///
/// A group that a key or consumer is in cannot be removed. The command asks for confirmation.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::Conflict, "the group has members; the hint says how to list them"),
        (Exit::Refused, "the question was answered with no"),
    ],
    &["apiconn group remove integrations --yes"],
))]
pub struct GroupRemoveArgs {
    /// Name of the group
    #[arg(value_name = "GROUP", add = completion::groups())]
    name: Name,
}

/// Runs `apiconn group remove` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupRemoveArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    ctx.require_answer("group remove")?;
    ctx.confirm(&[], &format!("Remove the group {} of", args.name))?;
    let (group, outcome) = ctx.change(|change| groups::remove(change, &args.name))?;
    ctx.out.note(&format!(
        "group {} {}.",
        group.name,
        if ctx.globals.dry_run { "would be removed" } else { "removed" }
    ));
    print_change(ctx, "group.remove", outcome, GroupView::of(&group))?;
    ctx.print_equivalent();
    Ok(())
}
