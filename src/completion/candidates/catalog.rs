//! Candidates for arguments that name scopes and permission groups.

use clap_complete::engine::CompletionCandidate;

use crate::completion::candidates::lookup::{LIMIT, candidate, from_store};
use crate::domain::scope::INTROSPECT;

/// Returns the scopes that a client can have and that begin with `current`: the declared ones and the one for
/// introspection.
pub(crate) fn scopes(current: &str) -> Vec<CompletionCandidate> {
    let mut scopes = declared_scopes(current);
    if INTROSPECT.starts_with(current) {
        scopes.push(candidate(INTROSPECT, "introspect the tokens of other clients"));
    }
    scopes
}

/// Returns the declared scopes that begin with `current`.
pub(crate) fn declared_scopes(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let scopes = read.scopes()?.into_iter().filter(|entry| entry.scope.as_str().starts_with(current));
        let scopes = scopes.take(LIMIT);
        Ok(scopes.map(|entry| candidate(entry.scope.as_str(), entry.description.as_str())).collect())
    })
}

/// Returns the permission groups whose name begins with `current`.
pub(crate) fn groups(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let groups =
            read.group_scopes()?.into_iter().filter(|group| group.name.as_str().starts_with(current));
        let groups = groups.take(LIMIT);
        Ok(groups.map(|group| candidate(group.name.as_str(), &group.scopes.to_string())).collect())
    })
}
