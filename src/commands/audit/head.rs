use clap::Args;

use crate::actions::audit;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::output::check_format;
use crate::failure::Failure;
use crate::render::view::audit::HeadView;

/// Print the head of the audit, to keep on another machine
///
/// The head names the last record and its hash. With a kept head, apiconn audit verify detects that records were
/// rewritten or cut off.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn audit head -o id >>heads.txt"]))]
pub struct AuditHeadArgs {}

/// Runs `apiconn audit head` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, _: &AuditHeadArgs) -> Result<(), Failure> {
    check_format::<HeadView>(ctx)?;
    let view = ctx.read(|read, _| Ok(HeadView::of(&audit::head(read)?)))?;
    ctx.out.show("audit.head", &view).map_err(|error| Failure::output(&error))
}
