use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;

use crate::commands::user::switch;

/// Disable users until they are enabled again
///
/// They cannot sign in, their sessions end, and from the next request the tokens issued under their grants are
/// refused. Grants are kept: apiconn user enable makes them work again. The command asks for confirmation and
/// changes all users in one transaction, or none.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the question was answered with no")],
    &["apiconn user disable tech1 --reason \"on leave\" --yes"],
))]
pub struct UserDisableArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "USER", required = true, add = completion::users(completion::States::Active))]
    handles: Vec<String>,
}

/// Runs `apiconn user disable` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserDisableArgs) -> Result<(), Failure> {
    switch::run(ctx, "user.disable", switch::UserSwitch::Disable, &args.handles)
}
