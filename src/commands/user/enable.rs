use clap::Args;

use crate::commands::context::Ctx;
use crate::completion;
use crate::failure::Failure;

use crate::commands::user::switch;

/// Switch users on again
///
/// Examples:
///   apiconn user enable tech1
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct UserEnableArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "USER", required = true, add = completion::users(completion::States::Disabled))]
    handles: Vec<String>,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserEnableArgs) -> Result<(), Failure> {
    switch::run(ctx, "user.enable", switch::What::Enable, &args.handles)
}
