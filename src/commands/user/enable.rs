use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::completion;
use crate::failure::Failure;

use crate::commands::user::switch;

/// Enable users who were disabled
///
/// They can sign in again with the same password, and the grants that were not revoked work again.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn user enable tech1"]))]
pub struct UserEnableArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "USER", required = true, add = completion::users(completion::States::Disabled))]
    handles: Vec<String>,
}

/// Runs `apiconn user enable` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserEnableArgs) -> Result<(), Failure> {
    switch::run(ctx, "user.enable", switch::UserSwitch::Enable, &args.handles)
}
