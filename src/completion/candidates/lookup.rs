//! The lookup that all candidates share.

use std::time::Duration;

use clap::builder::StyledStr;
use clap_complete::engine::CompletionCandidate;

use crate::completion::store_path;
use crate::domain::State;
use crate::domain::time::{Clock as _, SystemClock, Timestamp};
use crate::render::escape;
use crate::store;
use crate::store::{Access, ReadTx, StoreError, StoreLocation};
use crate::system::EnvironmentVariables;

/// The most candidates of one request; more do not fit a screen.
pub(crate) const LIMIT: usize = 100;
/// Longest wait for a busy store. The prompt is blocked meanwhile.
const WAIT: Duration = Duration::from_millis(50);

/// Makes a candidate from a value and its description.
pub(crate) fn candidate(value: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(value).help(Some(StyledStr::from(escape::line(help))))
}

/// Returns the candidates that `find` reads from the store of the command line; empty if the store cannot be read.
pub(crate) fn from_store(
    find: impl FnOnce(&dyn ReadTx, Timestamp) -> Result<Vec<CompletionCandidate>, StoreError>,
) -> Vec<CompletionCandidate> {
    let Some(path) = store_path::of_command_line(&EnvironmentVariables::of_process()) else {
        return Vec::new();
    };
    let read = || {
        let opened = store::open(&StoreLocation::parse(path.as_os_str())?, Access::Read, WAIT)?;
        let snapshot = opened.read()?;
        find(snapshot.as_ref(), SystemClock.now())
    };
    read().unwrap_or_default()
}

/// Returns the candidates `by_name`, or those `by_id` if the word begins like an id. If it is only a beginning of the
/// prefix of ids, names come first and ids are returned if no name fits.
///
/// # Errors
/// Those of `by_name` and `by_id`: any [`StoreError`].
pub(crate) fn by_name_or_id(
    current: &str,
    id_prefix: &str,
    by_name: impl FnOnce() -> Result<Vec<CompletionCandidate>, StoreError>,
    by_id: impl FnOnce(&str) -> Result<Vec<CompletionCandidate>, StoreError>,
) -> Result<Vec<CompletionCandidate>, StoreError> {
    if current.starts_with(id_prefix) {
        return by_id(current);
    }
    let names = by_name()?;
    let may_be_id = !current.is_empty() && id_prefix.starts_with(current);
    if names.is_empty() && may_be_id { by_id(id_prefix) } else { Ok(names) }
}

/// Joins the parts that are not empty with commas.
pub(crate) fn join<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Returns the word of a state, or an empty text for `active`, which is the usual one.
pub(crate) fn unusual_state(state: State) -> &'static str {
    if state == State::Active { "" } else { state.as_str() }
}
