use clap::Args;

use crate::actions::audit;
use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;
use crate::failure::Failure;
use crate::render::view::audit::HeadView;

/// Print the anchor of the audit, to keep where this machine cannot change it
///
/// Examples:
///   apiconn audit head -o id >>heads.txt
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct AuditHeadArgs {}

pub(crate) fn run(ctx: &mut Ctx<'_>, _: &AuditHeadArgs) -> Result<(), Failure> {
    check_format::<HeadView>(ctx)?;
    let view = ctx.read(|read, _| Ok(HeadView::of(&audit::head(read)?)))?;
    ctx.out.show("audit.head", &view).map_err(|error| Failure::output(&error))
}
