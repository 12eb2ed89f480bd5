use clap::Args;

use crate::actions::ChangeOutcome;
use crate::actions::groups;
use crate::actions::groups::GroupEdit;
use crate::commands::context::Ctx;
use crate::commands::shared::client_edit::patch;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::completion;
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::group::GroupView;
use crate::render::words::count;

/// Change the scopes or the description of a group
///
/// The change applies to all members of the group from the next request, also to tokens that were issued before.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "a consumer in the group would get apiconn:introspect")],
    &["apiconn group edit integrations --remove-scope work_orders.write"],
))]
pub struct GroupEditArgs {
    /// Name of the group
    #[arg(value_name = "GROUP", add = completion::groups())]
    name: Name,
    /// Scope to add; repeat for more
    #[arg(long = "add-scope", value_name = "SCOPE", add = completion::scopes())]
    add_scopes: Vec<Scope>,
    /// Scope to remove; repeat for more
    #[arg(long = "remove-scope", value_name = "SCOPE", add = completion::scopes())]
    remove_scopes: Vec<Scope>,
    /// Purpose, as free text
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
    /// Remove the description from it
    #[arg(long, conflicts_with = "description")]
    no_description: bool,
}

/// Runs `apiconn group edit` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupEditArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    let edit = GroupEdit {
        add: args.add_scopes.iter().cloned().collect(),
        remove: args.remove_scopes.iter().cloned().collect(),
        description: patch(args.description.as_ref(), args.no_description),
    };
    let (group, outcome) = ctx.change(|change| groups::edit(change, &args.name, &edit))?;
    let word = match outcome {
        ChangeOutcome::Unchanged => "nothing to change".to_owned(),
        ChangeOutcome::Changed => {
            format!("changed for its {}, from the next request", count(group.members, "member"))
        }
        ChangeOutcome::WouldChange => format!("would be changed for its {}", count(group.members, "member")),
    };
    ctx.out.note(&format!("group {}: {word}.", group.name));
    print_change(ctx, "group.edit", outcome, GroupView::of(&group))
}
