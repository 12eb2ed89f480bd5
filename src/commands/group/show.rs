use clap::Args;

use crate::actions::catalog;
use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::name::Name;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// Show a permission group
///
/// Examples:
///   apiconn group show integrations
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GroupShowArgs {
    /// Its name
    #[arg(value_name = "GROUP", add = completion::groups())]
    name: Name,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupShowArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    let view = ctx.read(|read, _| Ok(GroupView::of(&catalog::find_group(read, &args.name)?)))?;
    ctx.out.show("group.show", &view).map_err(|error| Failure::output(&error))
}
