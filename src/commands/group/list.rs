use clap::Args;

use crate::commands::ctx::Ctx;
use crate::commands::lists::{self, PageArgs};
use crate::domain::page::Page;
use crate::failure::Failure;
use crate::render::view::catalog::GroupView;

/// List permission groups by name
///
/// Examples:
///   apiconn group list -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ListArgs {}

pub(super) fn run(ctx: &mut Ctx<'_>, _: &ListArgs) -> Result<(), Failure> {
    let whole = PageArgs { limit: 1, cursor: None, all: true, fail_if_any: false };
    lists::run(
        ctx,
        "group.list",
        &whole,
        |read, _, _| Ok(Page { items: read.groups()?, next: None }),
        |group, _| GroupView::of(group),
    )
}
