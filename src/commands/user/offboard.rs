use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::exit::Exit;
use crate::failure::Failure;

use crate::commands::user::switch;

/// Disable users and revoke all their grants
///
/// For people who leave: one transaction ends their sessions, grants and tokens. The grants stay revoked if the
/// user is enabled again. The command asks for confirmation and changes all users, or none.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the question was answered with no")],
    &["apiconn user offboard tech1 --reason \"left the company\" --yes"],
))]
pub struct UserOffboardArgs {
    /// Id, unique id prefix, or name; - reads one per line from standard input
    #[arg(value_name = "USER", required = true, add = completion::users(completion::States::All))]
    handles: Vec<String>,
}

/// Runs `apiconn user offboard` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserOffboardArgs) -> Result<(), Failure> {
    switch::run(ctx, "user.offboard", switch::UserSwitch::Offboard, &args.handles)
}
