use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::domain::page::Page;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// List permission groups by name
///
/// Prints the scopes of each group and the number of its members.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn group list -o json"]))]
pub struct GroupListArgs {}

/// Runs `apiconn group list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, _: &GroupListArgs) -> Result<(), Failure> {
    list::run(
        ctx,
        "group.list",
        &PageArgs::WHOLE,
        |read, _, _| Ok(Page { items: read.groups()?, next: None }),
        |group, _| GroupView::of(group),
    )
}
