use clap::Args;

use crate::actions::resolve;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::output::check_format;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::failure::Failure;
use crate::render::view::user::UserView;

/// Show a user: name, email and state
///
/// The grants of the user are listed by apiconn grant list --user.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn user show tech1"]))]
pub struct UserShowArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "USER", add = completion::users(completion::States::All))]
    handle: String,
}

/// Runs `apiconn user show` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserShowArgs) -> Result<(), Failure> {
    check_format::<UserView>(ctx)?;
    let handle = Handle::parse(Noun::User, &args.handle)?;
    let view = ctx.read(|read, _| Ok(UserView::of(&resolve::user(read, &handle)?)))?;
    ctx.out.show("user.show", &view).map_err(|error| Failure::output(&error))
}
