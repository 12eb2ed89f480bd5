use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::domain::page::Page;
use crate::failure::Failure;
use crate::render::view::group::GroupView;

/// List permission groups by name
///
/// Examples:
///   apiconn group list -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GroupListArgs {}

pub(crate) fn run(ctx: &mut Ctx<'_>, _: &GroupListArgs) -> Result<(), Failure> {
    let whole = PageArgs { limit: 1, cursor: None, all: true, fail_if_any: false };
    list::run(
        ctx,
        "group.list",
        &whole,
        |read, _, _| Ok(Page { items: read.groups()?, next: None }),
        |group, _| GroupView::of(group),
    )
}
