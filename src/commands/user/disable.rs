use clap::Args;

use crate::commands::context::Ctx;
use crate::completion;
use crate::failure::Failure;

use crate::commands::user::switch;

/// Switch users off: they cannot sign in, and none of their grants is honoured
///
/// Examples:
///   apiconn user disable tech1 --reason "on leave" --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct UserDisableArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "USER", required = true, add = completion::users(completion::States::Active))]
    handles: Vec<String>,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserDisableArgs) -> Result<(), Failure> {
    switch::run(ctx, "user.disable", switch::What::Disable, &args.handles)
}
