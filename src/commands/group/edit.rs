use clap::Args;

use crate::actions::Outcome;
use crate::actions::catalog;
use crate::actions::catalog::GroupEdit;
use crate::commands::context::Ctx;
use crate::commands::shared::client::{set_or_unset, single};
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::failure::Failure;
use crate::render::view::group::GroupView;
use crate::render::words::count;

/// Change a permission group; everyone who holds it holds the new set from the next request on
///
/// Examples:
///   apiconn group edit integrations --remove-scope work_orders.write
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GroupEditArgs {
    /// Its name
    #[arg(value_name = "GROUP", add = completion::groups())]
    name: Name,
    /// Add a scope
    #[arg(long = "add-scope", value_name = "SCOPE", add = completion::scopes())]
    add_scopes: Vec<Scope>,
    /// Take a scope out
    #[arg(long = "remove-scope", value_name = "SCOPE", add = completion::scopes())]
    remove_scopes: Vec<Scope>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
    /// Without description
    #[arg(long, conflicts_with = "description")]
    no_description: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupEditArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    let edit = GroupEdit {
        add: args.add_scopes.iter().cloned().collect(),
        remove: args.remove_scopes.iter().cloned().collect(),
        description: set_or_unset(args.description.as_ref(), args.no_description),
    };
    let (group, outcome) = ctx.change(|change| catalog::edit_group(change, &args.name, &edit))?;
    let word = match outcome {
        Outcome::Unchanged => "nothing to change".to_owned(),
        Outcome::Changed => {
            format!("changed for its {}, from the next request on", count(group.members, "member"))
        }
        Outcome::WouldChange => format!("would be changed for its {}", count(group.members, "member")),
    };
    ctx.out.note(&format!("group {}: {word}.", group.name));
    single(ctx, "group.edit", outcome, GroupView::of(&group))
}
