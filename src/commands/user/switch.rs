//! What `disable`, `enable` and `offboard` share.

use crate::actions::{ActionError, Change, resolve, users};
use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::domain::handle::{Handle, Noun};
use crate::domain::page::{GrantFilter, PageRequest, StateFilter};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::failure::Failure;
use crate::render::view::user::UserView;
use crate::render::words::count;
use crate::store::ReadTx;

/// How many grants a question counts to.
const COUNTED: usize = 1000;

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Disable,
    Enable,
    Offboard,
}

pub(crate) fn run(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    what: What,
    handles: &[String],
) -> Result<(), Failure> {
    let verb = match what {
        What::Disable => "disable",
        What::Enable => "enable",
        What::Offboard => "offboard",
    };
    let request =
        bulk::Request { schema, noun: Noun::User, verb, handles, chosen: false, asks: what != What::Enable };
    bulk::run(ctx, &request, &SwitchUsers { what })
}

struct SwitchUsers {
    what: What,
}

impl bulk::Verb for SwitchUsers {
    type Object = User;
    type View = UserView;

    fn find(&self, read: &dyn ReadTx, handle: &Handle) -> Result<User, ActionError> {
        resolve::user(read, handle)
    }

    fn choose(&self, _: &dyn ReadTx, _: Timestamp) -> Result<Vec<User>, ActionError> {
        // The command takes handles alone.
        Ok(Vec::new())
    }

    fn id(user: &User) -> &str {
        user.id.as_str()
    }

    fn is_done(&self, user: &User, _: Timestamp) -> bool {
        match self.what {
            What::Disable => user.disabled_at.is_some(),
            What::Enable => user.disabled_at.is_none(),
            // Grants may be left of somebody who is disabled.
            What::Offboard => false,
        }
    }

    fn consequence(&self, read: &dyn ReadTx, user: &User, _: Timestamp) -> Result<String, ActionError> {
        let filter = GrantFilter {
            state: StateFilter::NotRevoked,
            user: Some(user.id.clone()),
            client: None,
            scope: None,
            unused_since: None,
            name_glob: None,
        };
        let grants = read.list_grants(&filter, &PageRequest { after: None, limit: COUNTED })?;
        let grants = match grants.next {
            Some(_) => format!("{COUNTED}+ grants"),
            None => count(grants.items.len(), "grant"),
        };
        Ok(format!("  user {}: {grants} in force", self.label(user)))
    }

    fn act(&self, change: &mut Change<'_>, user: &mut User) -> Result<bool, ActionError> {
        match self.what {
            What::Disable => users::set_enabled(change, user, false),
            What::Enable => users::set_enabled(change, user, true),
            What::Offboard => users::offboard(change, user),
        }
    }

    fn label(&self, user: &User) -> String {
        format!("{} ({})", user.username, user.id)
    }

    fn result(&self, user: &User, _: Timestamp) -> String {
        match self.what {
            What::Offboard => "disabled, and every grant of theirs revoked".to_owned(),
            What::Disable | What::Enable => user.state().as_str().to_owned(),
        }
    }

    fn view(&self, user: &User, _: Timestamp) -> UserView {
        UserView::of(user)
    }
}
