//! Candidates for arguments that name users.

use clap_complete::engine::CompletionCandidate;

use crate::completion::candidates::lookup::{
    LIMIT, by_name_or_id, candidate, from_store, join, unusual_state,
};
use crate::domain::id::UserId;
use crate::domain::page::StateFilter;
use crate::domain::user::User;

/// Returns the users whose name or id begins with `current`.
pub(crate) fn users(state: StateFilter, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let find = |word: &str| read.users_starting(word, state, LIMIT);
        let by_name = |user: &User| candidate(user.username.as_str(), &describe_user(user, user.id.as_str()));
        let by_id = |user: &User| candidate(user.id.as_str(), &describe_user(user, user.username.as_str()));
        by_name_or_id(
            current,
            UserId::PREFIX,
            || Ok(find(current)?.iter().map(by_name).collect()),
            |word| Ok(find(word)?.iter().map(by_id).collect()),
        )
    })
}

fn describe_user(user: &User, other_handle: &str) -> String {
    let name = user.display_name.as_ref().map_or("", |name| name.as_str());
    join([other_handle, name, unusual_state(user.state())])
}
