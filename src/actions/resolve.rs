//! From handles to objects, with an error that helps where a handle leads nowhere.

use std::collections::HashSet;

use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::handle::{Handle, Noun};
use crate::domain::id::ClientKind;
use crate::domain::page::{Page, PageRequest};
use crate::domain::token::HeldToken;
use crate::domain::user::User;
use crate::store::{Match, ReadTx, StoreError};

use crate::actions::{ActionError, Candidate};
use crate::domain::suggest::near;

fn resolve<T>(
    noun: Noun,
    handle: &Handle,
    found: Match<T>,
    label: impl Fn(&T) -> Candidate,
    names: impl FnOnce(&str) -> Result<Vec<String>, StoreError>,
) -> Result<T, ActionError> {
    match found {
        Match::One(object) => Ok(object),
        Match::Many(objects) => Err(ActionError::Ambiguous {
            noun,
            handle: handle.to_string(),
            candidates: objects.iter().map(label).collect(),
        }),
        Match::None => {
            let wanted = handle.to_string();
            let near = match handle {
                Handle::Name(name) => near(name.as_str(), names(name.as_str())?),
                Handle::Id(_) | Handle::Pair(_) => Vec::new(),
            };
            Err(ActionError::NotFound { noun: noun.as_str(), handle: wanted, near })
        }
    }
}

/// The key or consumer that a handle names.
///
/// # Errors
/// Says what may have been meant where nothing or more than one thing fits.
pub fn client(read: &dyn ReadTx, kind: ClientKind, handle: &Handle) -> Result<Client, ActionError> {
    resolve(
        kind.into(),
        handle,
        read.find_client(kind, handle)?,
        |client| Candidate { handle: client.id.to_string(), label: client.name.to_string() },
        |name| read.client_names_near(kind, name),
    )
}

/// The user that a handle names.
///
/// # Errors
/// As [`client`].
pub fn user(read: &dyn ReadTx, handle: &Handle) -> Result<User, ActionError> {
    resolve(
        Noun::User,
        handle,
        read.find_user(handle)?,
        |user| Candidate { handle: user.id.to_string(), label: user.username.to_string() },
        |name| read.usernames_near(name),
    )
}

/// The grant that a handle names.
///
/// # Errors
/// As [`client`]; where `USER/CONSUMER` has an end that does not exist, the error is about that end.
pub fn grant(read: &dyn ReadTx, handle: &Handle) -> Result<Grant, ActionError> {
    if let Handle::Pair(pair) = handle {
        user(read, &pair.0)?;
        client(read, ClientKind::Consumer, &pair.1)?;
    }
    resolve(
        Noun::Grant,
        handle,
        read.find_grant(handle)?,
        |grant| Candidate {
            handle: grant.id.to_string(),
            label: format!("{}/{}", grant.username, grant.client_name),
        },
        |_| Ok(Vec::new()),
    )
}

/// The token that a handle names.
///
/// # Errors
/// As [`client`].
pub fn token(read: &dyn ReadTx, handle: &Handle) -> Result<HeldToken, ActionError> {
    resolve(
        Noun::Token,
        handle,
        read.find_token(handle)?,
        |held| Candidate { handle: held.token.id.to_string(), label: held.client.name.to_string() },
        |_| Ok(Vec::new()),
    )
}

/// Every object that the handles name, each once, in the order named.
///
/// # Errors
/// Fails at the first handle that names nothing; nothing has been changed then.
pub fn each<T>(
    handles: &[Handle],
    id: impl Fn(&T) -> &str,
    find: impl Fn(&Handle) -> Result<T, ActionError>,
) -> Result<Vec<T>, ActionError> {
    let mut seen = HashSet::new();
    let mut found = Vec::with_capacity(handles.len());
    for handle in handles {
        let object = find(handle)?;
        if seen.insert(id(&object).to_owned()) {
            found.push(object);
        }
    }
    Ok(found)
}

/// How many objects one read of a bulk selection takes.
const BATCH: usize = 500;

/// Every object of a list, page after page.
///
/// # Errors
/// Fails where a page does.
pub(crate) fn all_pages<T>(
    mut page: impl FnMut(&PageRequest) -> Result<Page<T>, StoreError>,
) -> Result<Vec<T>, ActionError> {
    let mut found = Vec::new();
    let mut request = PageRequest { after: None, limit: BATCH };
    loop {
        let Page { items, next } = page(&request)?;
        found.extend(items);
        match next {
            Some(next) => request.after = Some(next),
            None => return Ok(found),
        }
    }
}
