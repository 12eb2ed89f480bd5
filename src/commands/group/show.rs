use clap::Args;

use crate::actions::groups;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::output::check_format;
use crate::completion;
use crate::domain::name::Name;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// Show a permission group: its scopes and number of members
///
/// The members are listed by apiconn key list --group and apiconn consumer list --group.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn group show integrations"]))]
pub struct GroupShowArgs {
    /// Name of the group
    #[arg(value_name = "GROUP", add = completion::groups())]
    name: Name,
}

/// Runs `apiconn group show` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GroupShowArgs) -> Result<(), Failure> {
    check_format::<GroupView>(ctx)?;
    let view = ctx.read(|read, _| Ok(GroupView::of(&groups::find(read, &args.name)?)))?;
    ctx.out.show("group.show", &view).map_err(|error| Failure::output(&error))
}
