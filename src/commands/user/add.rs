use clap::Args;

use crate::actions::users;
use crate::actions::users::NewUser;
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::domain::name::{Name, Text};
use crate::failure::Failure;
use crate::render::view::user::UserView;

use crate::commands::user::PasswordArgs;

/// Add a user
///
/// Examples:
///   apiconn user add tech1 --name "Field technician 1" --password-file tech1.password
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct UserAddArgs {
    /// The sign-in name: a-z, 0-9, and . _ @ - after the first
    username: Name,
    /// What people call them
    #[arg(long, value_name = "TEXT")]
    name: Option<Text>,
    /// Where to reach them
    #[arg(long, value_name = "EMAIL")]
    email: Option<Text>,
    #[command(flatten)]
    password: PasswordArgs,
}

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
    ctx.may_make_store();
    let (user, outcome) = ctx.change(|change| users::add(change, new))?;
    ctx.out.note(&format!(
        "user {} {}.",
        user.username,
        if ctx.globals.dry_run { "would be added" } else { "added" }
    ));
    single(ctx, "user.add", outcome, UserView::of(&user))?;
    ctx.tell_equivalent();
    Ok(())
}
