use clap::Args;

use crate::commands::context::Ctx;
use crate::completion;
use crate::failure::Failure;

use crate::commands::user::switch;

/// Switch users off and end every grant they gave, in one transaction
///
/// Examples:
///   apiconn user offboard tech1 --reason "left the company" --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct UserOffboardArgs {
    /// By id, the unique beginning of one, or name; - reads them from standard input, one a line
    #[arg(value_name = "USER", required = true, add = completion::users(completion::States::All))]
    handles: Vec<String>,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserOffboardArgs) -> Result<(), Failure> {
    switch::run(ctx, "user.offboard", switch::What::Offboard, &args.handles)
}
