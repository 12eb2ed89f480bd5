use clap::Args;

use crate::actions::users;
use crate::actions::users::NewUser;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::domain::name::{Name, Text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::user::UserView;

use crate::commands::user::password::PasswordArgs;

/// Add a user, who can sign in and authorize consumers
///
/// The password is asked for twice at a terminal, or read from a file or standard input; never from the command
/// line. It has at least 12 characters, on one line.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Conflict, "another user has the name")],
    &["apiconn user add tech1 --name \"Field technician 1\" --password-file tech1.password"],
))]
pub struct UserAddArgs {
    /// Name to sign in with: a-z, 0-9 and, after the first character, . _ @ -
    username: Name,
    /// Full name of the user
    #[arg(long, value_name = "TEXT")]
    name: Option<Text>,
    /// Email address of the user
    #[arg(long, value_name = "EMAIL")]
    email: Option<Text>,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Runs `apiconn user add` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserAddArgs) -> Result<(), Failure> {
    check_format::<UserView>(ctx)?;
    let password = args.password.read(ctx)?;
    let password_hash = ctx.hash_password(&password)?;
    let new = NewUser {
        username: args.username.clone(),
        display_name: args.name.clone(),
        email: args.email.clone(),
        password_hash,
    };
    ctx.allow_store_creation();
    let (user, outcome) = ctx.change(|change| users::add(change, new))?;
    ctx.out.note(&format!(
        "user {} {}.",
        user.username,
        if ctx.globals.dry_run { "would be added" } else { "added" }
    ));
    print_change(ctx, "user.add", outcome, UserView::of(&user))?;
    ctx.print_equivalent();
    Ok(())
}
