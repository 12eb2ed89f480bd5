use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::EditArgs;
use crate::completion;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Change an API key in place; what is not named stays as it is
///
/// Examples:
///   apiconn key edit erp-sync --add-scope work_orders.write
///   apiconn key edit erp-sync --expires 2027-12-31 --if-revision 3
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct KeyEditArgs {
    /// By id, the unique beginning of one, or name
    #[arg(value_name = "KEY", add = completion::keys(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    edit: EditArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyEditArgs) -> Result<(), Failure> {
    client::edit::<KeyView>(ctx, "key.edit", &args.handle, &args.edit.edit(), args.edit.if_revision)
}
