use clap::Args;

use crate::actions::catalog;
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::name::Name;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// Take a group out that no key or consumer holds any more
///
/// Examples:
///   apiconn group remove integrations --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GroupRemoveArgs {
    /// Its name
    #[arg(value_name = "GROUP", add = completion::groups())]
    name: Name,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupRemoveArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    ctx.require_answer("group remove")?;
    ctx.confirm(&[], &format!("Remove the group {} of", args.name))?;
    let (group, outcome) = ctx.change(|change| catalog::remove_group(change, &args.name))?;
    ctx.out.note(&format!(
        "group {} {}.",
        group.name,
        if ctx.globals.dry_run { "would be removed" } else { "removed" }
    ));
    single(ctx, "group.remove", outcome, GroupView::of(&group))?;
    ctx.tell_equivalent();
    Ok(())
}
