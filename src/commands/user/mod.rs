//! The verbs of the noun `user`.

mod add;
mod disable;
mod enable;
mod list;
mod offboard;
mod password;
mod set_password;
mod show;
mod switch;

use clap::Subcommand;

use crate::commands::context::Ctx;
use crate::failure::Failure;

/// Manage users, who sign in and authorize consumers
///
/// Users have a password and grants. They have no access to this command line.
#[derive(Subcommand, Debug)]
pub enum UserCommand {
    Add(add::UserAddArgs),
    #[command(visible_alias = "ls")]
    List(list::UserListArgs),
    Show(show::UserShowArgs),
    SetPassword(set_password::UserSetPasswordArgs),
    Disable(disable::UserDisableArgs),
    Enable(enable::UserEnableArgs),
    Offboard(offboard::UserOffboardArgs),
}

/// Runs a verb of `apiconn user`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Add(args) => add::run(ctx, args),
        UserCommand::List(args) => list::run(ctx, args),
        UserCommand::Show(args) => show::run(ctx, args),
        UserCommand::SetPassword(args) => set_password::run(ctx, args),
        UserCommand::Disable(args) => disable::run(ctx, args),
        UserCommand::Enable(args) => enable::run(ctx, args),
        UserCommand::Offboard(args) => offboard::run(ctx, args),
    }
}
