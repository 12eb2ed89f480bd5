//! `user disable`, `user enable` and `user offboard`.

use crate::actions::{ActionError, Change, resolve, users};
use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::commands::shared::bulk::{BulkAction, BulkRequest};
use crate::domain::handle::{Handle, Noun};
use crate::domain::page::{GrantFilter, PageRequest, StateFilter};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::failure::Failure;
use crate::render::view::user::UserView;
use crate::render::words::count;
use crate::store::ReadTx;

/// The largest number of grants that the confirmation counts.
const MAX_COUNTED: usize = 1000;

/// A change of the state of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserSwitch {
    Disable,
    Enable,
    Offboard,
}

/// Disables, enables or offboards users.
pub(crate) fn run(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    switch: UserSwitch,
    handles: &[String],
) -> Result<(), Failure> {
    let verb = match switch {
        UserSwitch::Disable => "disable",
        UserSwitch::Enable => "enable",
        UserSwitch::Offboard => "offboard",
    };
    let request = BulkRequest {
        schema,
        noun: Noun::User,
        verb,
        handles,
        select_all: false,
        asks: switch != UserSwitch::Enable,
    };
    bulk::run(ctx, &request, &SwitchUsers { switch })
}

struct SwitchUsers {
    switch: UserSwitch,
}

impl BulkAction for SwitchUsers {
    type Object = User;
    type View = UserView;

    fn resolve(&self, read: &dyn ReadTx, handle: &Handle) -> Result<User, ActionError> {
        resolve::user(read, handle)
    }

    fn select_all(&self, _: &dyn ReadTx, _: Timestamp) -> Result<Vec<User>, ActionError> {
        // These commands have no filter.
        Ok(Vec::new())
    }

    fn id(user: &User) -> &str {
        user.id.as_str()
    }

    fn is_already_done(&self, user: &User, _: Timestamp) -> bool {
        match self.switch {
            UserSwitch::Disable => user.disabled_at.is_some(),
            UserSwitch::Enable => user.disabled_at.is_none(),
            // A disabled user can still have active grants.
            UserSwitch::Offboard => false,
        }
    }

    fn impact_line(&self, read: &dyn ReadTx, user: &User, _: Timestamp) -> Result<String, ActionError> {
        let filter = GrantFilter {
            state: StateFilter::NotRevoked,
            user: Some(user.id.clone()),
            client: None,
            scope: None,
            unused_since: None,
            name_glob: None,
        };
        let grants = read.list_grants(&filter, &PageRequest { after: None, limit: MAX_COUNTED })?;
        let grants = match grants.next {
            Some(_) => format!("{MAX_COUNTED}+ grants"),
            None => count(grants.items.len(), "grant"),
        };
        Ok(format!("  user {}: {grants} active", self.label(user)))
    }

    fn apply(&self, change: &mut Change<'_>, user: &mut User) -> Result<bool, ActionError> {
        match self.switch {
            UserSwitch::Disable => users::set_enabled(change, user, false),
            UserSwitch::Enable => users::set_enabled(change, user, true),
            UserSwitch::Offboard => users::offboard(change, user),
        }
    }

    fn label(&self, user: &User) -> String {
        format!("{} ({})", user.username, user.id)
    }

    fn outcome_phrase(&self, user: &User, _: Timestamp) -> String {
        match self.switch {
            UserSwitch::Offboard => "disabled, with all grants revoked".to_owned(),
            UserSwitch::Disable | UserSwitch::Enable => user.state().as_str().to_owned(),
        }
    }

    fn view(&self, user: &User, _: Timestamp) -> UserView {
        UserView::of(user)
    }
}
