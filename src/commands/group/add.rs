use clap::Args;

use crate::actions::{Outcome, catalog};
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// Add a permission group
///
/// Examples:
///   apiconn group add integrations --scope assets.read --scope work_orders.write
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GroupAddArgs {
    /// Its name: a-z, 0-9, and . _ @ - after the first
    name: Name,
    /// A scope that it contains; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", add = completion::scopes())]
    scopes: Vec<Scope>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupAddArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    let scopes = args.scopes.iter().cloned().collect();
    ctx.may_make_store();
    let (group, outcome) =
        ctx.change(|change| catalog::add_group(change, args.name.clone(), args.description.clone(), scopes))?;
    let word = match outcome {
        Outcome::Unchanged => "is there already",
        Outcome::Changed => "added",
        Outcome::WouldChange => "would be added",
    };
    ctx.out.note(&format!("group {} {word}.", group.name));
    single(ctx, "group.add", outcome, GroupView::of(&group))
}
