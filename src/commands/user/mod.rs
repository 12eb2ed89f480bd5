//! `apiconn user`

mod add;
mod disable;
mod enable;
mod list;
mod offboard;
mod set_password;
mod show;
mod switch;

use clap::{Args, Subcommand};

use crate::failure::Failure;

use crate::commands::context::Ctx;

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

/// Where a password comes from. At a terminal, without either, it is asked for: hidden, twice.
#[derive(Args, Clone, Debug)]
struct PasswordArgs {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Read the password from the first line of this file
    #[arg(long, value_name = "PATH", conflicts_with = "password_stdin", value_hint = clap::ValueHint::FilePath)]
    password_file: Option<std::path::PathBuf>,
}

impl PasswordArgs {
    fn read(&self, ctx: &mut Ctx<'_>) -> Result<crate::domain::secret_text::SecretText, Failure> {
        ctx.read_new_password(self.password_stdin, self.password_file.as_deref())
    }
}
