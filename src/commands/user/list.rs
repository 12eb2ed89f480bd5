use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::list;
use crate::commands::shared::list::{PageArgs, state_among};
use crate::completion;
use crate::domain::State;
use crate::domain::page::{StateFilter, UserFilter};
use crate::failure::Failure;
use crate::render::view::user::UserView;

/// List users, newest first
///
/// Examples:
///   apiconn user list --state disabled
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct UserListArgs {
    /// In this state: active, disabled or all [default: all]
    #[arg(long, value_name = "STATE", value_parser = state_among("user", [State::Active, State::Disabled]), default_value = "all", hide_default_value = true, add = completion::words(&["active", "disabled", "all"]))]
    state: StateFilter,
    /// Whose username matches this pattern of *, ? and [...]
    #[arg(long = "match", value_name = "GLOB", value_parser = list::pattern)]
    name_glob: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

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
