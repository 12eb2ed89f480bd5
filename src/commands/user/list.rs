use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::list;
use crate::commands::shared::list::{PageArgs, state_among};
use crate::completion;
use crate::domain::State;
use crate::domain::page::{StateFilter, UserFilter};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::user::UserView;

/// List users, newest first
///
/// Passwords are stored as Argon2id hashes and are never printed.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Findings, "--fail-if-any was given and a user was found")],
    &["apiconn user list --state disabled", "apiconn user list --match \"tech*\" -o id"],
))]
pub struct UserListArgs {
    /// Select by state: active, disabled or all [default: all]
    #[arg(long, value_name = "STATE", value_parser = state_among("user", [State::Active, State::Disabled]), default_value = "all", hide_default_value = true, add = completion::words(&["active", "disabled", "all"]))]
    state: StateFilter,
    /// Select by name: a pattern with *, ? and [...]
    #[arg(long = "match", value_name = "GLOB", value_parser = list::pattern)]
    name_glob: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `apiconn user list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &UserListArgs) -> Result<(), Failure> {
    let filter = UserFilter { state: args.state, name_glob: args.name_glob.clone() };
    list::run(
        ctx,
        "user.list",
        &args.page,
        |read, request, _| Ok(read.list_users(&filter, request)?),
        |user, _| UserView::of(user),
    )
}
