use clap::Args;

use crate::actions::users;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::failure::Failure;
use crate::render::view::user::UserView;

use crate::commands::user::password::PasswordArgs;

/// Set the password of a user, and sign the user out
///
/// All sessions of the user end. Grants and tokens are not changed: to end those, use apiconn user offboard or
/// apiconn grant revoke --user.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&[
    "apiconn user set-password tech1",
    "apiconn user set-password tech1 --password-stdin <tech1.password",
]))]
pub struct UserSetPasswordArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "USER", add = completion::users(completion::States::All))]
    handle: String,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Runs `apiconn user set-password` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserSetPasswordArgs) -> Result<(), Failure> {
    check_format::<UserView>(ctx)?;
    let handle = Handle::parse(Noun::User, &args.handle)?;
    let password = args.password.read(ctx)?;
    let hash = ctx.hash_password(&password)?;
    let (user, outcome) = ctx.change(|change| users::set_password(change, &handle, &hash))?;
    ctx.out.note(&format!(
        "user {}: the password {} set.",
        user.username,
        if ctx.globals.dry_run { "would be" } else { "is" }
    ));
    print_change(ctx, "user.set-password", outcome, UserView::of(&user))?;
    ctx.print_equivalent();
    Ok(())
}
