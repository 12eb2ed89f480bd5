use clap::Args;

use crate::commands::ctx::Ctx;
use crate::commands::lists::{self, PageArgs};
use crate::domain::page::Page;
use crate::failure::Failure;
use crate::render::view::catalog::ScopeView;

/// List declared scopes by name
///
/// Examples:
///   apiconn scope list -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ListArgs {}

pub(super) fn run(ctx: &mut Ctx<'_>, _: &ListArgs) -> Result<(), Failure> {
    let whole = PageArgs { limit: 1, cursor: None, all: true, fail_if_any: false };
    lists::run(
        ctx,
        "scope.list",
        &whole,
        |read, _, _| Ok(Page { items: read.scopes()?, next: None }),
        |entry, _| ScopeView::of(entry),
    )
}
