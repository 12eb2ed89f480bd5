use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::domain::page::Page;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// List declared scopes by name
///
/// Examples:
///   apiconn scope list -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ScopeListArgs {}

pub(crate) fn run(ctx: &mut Ctx<'_>, _: &ScopeListArgs) -> Result<(), Failure> {
    let whole = PageArgs { limit: 1, cursor: None, all: true, fail_if_any: false };
    list::run(
        ctx,
        "scope.list",
        &whole,
        |read, _, _| Ok(Page { items: read.scopes()?, next: None }),
        |entry, _| ScopeView::of(entry),
    )
}
