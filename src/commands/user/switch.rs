//! What `disable`, `enable` and `offboard` share.

use crate::actions::{ActionError, select, users};
use crate::commands::client::{capitalised, report};
use crate::commands::ctx::Ctx;
use crate::commands::lists::check_format;
use crate::domain::handle::Noun;
use crate::domain::page::{GrantFilter, PageRequest, StateFilter};
use crate::domain::user::User;
use crate::failure::Failure;
use crate::render::view::user::UserView;
use crate::render::words::count;
use crate::store::ReadTx;

/// How many grants a question counts to.
const COUNTED: usize = 1000;

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Disable,
    Enable,
    Offboard,
}

impl What {
    const fn verb(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Offboard => "offboard",
        }
    }
}

pub(super) fn run(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    what: What,
    words: &[String],
) -> Result<(), Failure> {
    check_format::<UserView>(ctx)?;
    if what != What::Enable {
        ctx.require_answer(&format!("user {}", what.verb()))?;
    }
    let handles = ctx.handles(Noun::User, words)?;
    let find = |read: &dyn ReadTx| {
        select::each(
            &handles,
            |left: &User, right: &User| left.id == right.id,
            |handle| select::user(read, handle),
        )
    };
    if what != What::Enable && ctx.can_ask() && !ctx.globals.yes && !ctx.globals.dry_run {
        let lines = ctx.read(|read, _| {
            find(read)?.iter().map(|user| line(read, user)).collect::<Result<Vec<_>, ActionError>>()
        })?;
        ctx.confirm(&lines, &format!("{} {}", capitalised(what.verb()), count(lines.len(), "user")))?;
    }
    let (items, outcome) = ctx.change(|change| {
        let mut items = Vec::new();
        for mut user in find(change.read())? {
            let (changed, ended) = match what {
                What::Disable => (users::switch(change, &mut user, false)?, 0),
                What::Enable => (users::switch(change, &mut user, true)?, 0),
                What::Offboard => {
                    let was_active = user.disabled_at.is_none();
                    let ended = users::offboard(change, &mut user)?;
                    (was_active || ended > 0, ended)
                }
            };
            items.push((user, changed, ended));
        }
        Ok(items)
    })?;
    let dry = if ctx.globals.dry_run { "would be " } else { "" };
    for (user, changed, ended) in &items {
        let ended =
            if *ended > 0 { format!(", {} {dry}revoked", count(*ended, "grant")) } else { String::new() };
        let word = match (changed, user.state().as_str()) {
            (true, "active") => format!("{dry}enabled"),
            (true, _) => format!("{dry}disabled"),
            (false, state) => format!("already {state}"),
        };
        ctx.out.note(&format!("user {}: {word}{ended}.", user.username));
    }
    report(
        ctx,
        schema,
        outcome,
        items.iter().map(|(user, changed, _)| (UserView::of(user), *changed)).collect(),
    )?;
    ctx.tell_equivalent();
    Ok(())
}

fn line(read: &dyn ReadTx, user: &User) -> Result<String, ActionError> {
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
    Ok(format!("  user {} ({}): {} in force", user.username, user.id, grants))
}
