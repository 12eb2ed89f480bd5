use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::client_edit;
use crate::commands::shared::client_edit::EditArgs;
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::key::KeyView;

/// Change an API key without changing its id or secret
///
/// Options that are not given change nothing. The change applies from the next request, also to tokens that were
/// issued before: a token never carries more scopes than its key has.
///
/// This command does not rename a key, does not change its secret (apiconn key rotate) and does not bring back a
/// revoked key.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::Conflict, "--if-revision names another revision than the one stored"),
        (Exit::Refused, "the key is revoked, would live longer than key_max_lifetime, or does not allow the change"),
    ],
    &[
        "apiconn key edit erp-sync --add-scope work_orders.write",
        "apiconn key edit erp-sync --expires 2027-12-31 --if-revision 3",
    ],
))]
pub struct KeyEditArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "KEY", add = completion::keys(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    edit: EditArgs,
}

/// Runs `apiconn key edit` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &KeyEditArgs) -> Result<(), Failure> {
    client_edit::edit::<KeyView>(ctx, "key.edit", &args.handle, &args.edit.edit(), args.edit.if_revision)
}
