//! Candidates for arguments that name refusals.

use clap_complete::engine::CompletionCandidate;

use crate::completion::candidates::lookup::{LIMIT, candidate, from_store, join};
use crate::domain::name::Name;
use crate::domain::refusal::StoredRefusal;
use crate::render::relative_time::relative_time;

/// Returns the refusals whose request id begins with `current`, the newest first.
pub(crate) fn refusals(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let describe = |stored: &StoredRefusal| {
            let client =
                stored.client.as_ref().and_then(|client| client.name.as_ref()).map_or("", Name::as_str);
            join([relative_time(stored.at, now).as_str(), client, &stored.code])
        };
        let refusals = read.refusals_starting(current, LIMIT)?;
        // For a word that is no beginning of an id the store returns the newest refusals.
        let fitting = refusals.iter().filter(|stored| stored.request.as_str().starts_with(current));
        Ok(fitting.map(|stored| candidate(stored.request.as_str(), &describe(stored))).collect())
    })
}
