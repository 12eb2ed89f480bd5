use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::domain::page::Page;
use crate::failure::Failure;
use crate::render::view::scope::ScopeView;

/// List the declared scopes by name
///
/// apiconn:introspect is always available and is not listed.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn scope list -o json"]))]
pub struct ScopeListArgs {}

/// Runs `apiconn scope list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, _: &ScopeListArgs) -> Result<(), Failure> {
    list::run(
        ctx,
        "scope.list",
        &PageArgs::WHOLE,
        |read, _, _| Ok(Page { items: read.scopes()?, next: None }),
        |entry, _| ScopeView::of(entry),
    )
}
