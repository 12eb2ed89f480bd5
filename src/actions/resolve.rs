//! Resolving handles to objects.

use std::collections::HashSet;

use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::handle::{Handle, HandleError, Noun};
use crate::domain::id::ClientKind;
use crate::domain::name::shorten;
use crate::domain::page::{Page, PageRequest};
use crate::domain::token::TokenRecord;
use crate::domain::user::User;
use crate::store::{Match, ReadTx, StoreError};

use crate::actions::{ActionError, HandleMatch};
use crate::domain::suggest::near;

fn resolve<T>(
    noun: Noun,
    handle: &Handle,
    result: Match<T>,
    label: impl Fn(&T) -> HandleMatch,
    names: impl FnOnce(&str) -> Result<Vec<String>, StoreError>,
) -> Result<T, ActionError> {
    match result {
        Match::One(object) => Ok(object),
        Match::Many(objects) => Err(ActionError::Ambiguous {
            noun,
            handle: handle.to_string(),
            candidates: objects.iter().map(label).collect(),
        }),
        Match::NameAndId { named, identified } => {
            Err(ActionError::NameAndId { noun, named: label(&named), identified: label(&identified) })
        }
        Match::None => {
            let near = match handle {
                Handle::Name(name) => near(name.as_str(), names(name.as_str())?),
                Handle::Id(_) | Handle::Pair(_) => Vec::new(),
            };
            Err(ActionError::NotFound { noun: noun.as_str(), handle: handle.to_string(), near })
        }
    }
}

/// Returns the key or consumer that a handle identifies.
///
/// # Errors
/// [`ActionError::Handle`] if the handle is the id of another kind of object or a mistyped id; [`ActionError::NotFound`] with
/// similar names; [`ActionError::Ambiguous`] or [`ActionError::NameAndId`] with the matches; otherwise
/// [`ActionError::Store`].
pub fn client(read: &dyn ReadTx, kind: ClientKind, handle: &Handle) -> Result<Client, ActionError> {
    let result = read.find_client(kind, handle)?;
    if matches!(result, Match::None)
        && let Some(error) = misfit(read, kind, handle)?
    {
        return Err(error.into());
    }
    resolve(
        kind.into(),
        handle,
        result,
        |client| HandleMatch { handle: client.id.to_string(), label: client.name.to_string() },
        |name| read.client_names_near(kind, name),
    )
}

/// Returns the reason why no client of this kind has a handle as its id, if the handle identifies a client of the other kind or
/// has the prefix of an id. The kind of a client is that of its row, so the store is read before the prefix counts.
fn misfit(read: &dyn ReadTx, kind: ClientKind, handle: &Handle) -> Result<Option<HandleError>, StoreError> {
    let text = handle.to_string();
    let other = match text.parse() {
        Ok(id) => read.client(&id)?,
        Err(_) => None,
    };
    Ok(match other {
        Some(other) => Some(HandleError::OtherNoun {
            text: shorten(&text),
            actual: other.kind().noun(),
            expected: kind.noun(),
        }),
        None => Handle::misfit(kind.into(), &text),
    })
}

/// Returns the user that a handle identifies.
///
/// # Errors
/// [`ActionError::NotFound`] with similar names, or [`ActionError::Ambiguous`] with the matches; otherwise
/// [`ActionError::Store`].
pub fn user(read: &dyn ReadTx, handle: &Handle) -> Result<User, ActionError> {
    resolve(
        Noun::User,
        handle,
        read.find_user(handle)?,
        |user| HandleMatch { handle: user.id.to_string(), label: user.username.to_string() },
        |name| read.usernames_near(name),
    )
}

/// Returns the grant that a handle identifies.
///
/// # Errors
/// [`ActionError::NotFound`] if there is no such grant, or no such user or consumer of `USER/CONSUMER`;
/// [`ActionError::Ambiguous`] with the matches; otherwise [`ActionError::Store`].
pub fn grant(read: &dyn ReadTx, handle: &Handle) -> Result<Grant, ActionError> {
    if let Handle::Pair(pair) = handle {
        user(read, &pair.0)?;
        client(read, ClientKind::Consumer, &pair.1)?;
    }
    resolve(
        Noun::Grant,
        handle,
        read.find_grant(handle)?,
        |grant| HandleMatch {
            handle: grant.id.to_string(),
            label: format!("{}/{}", grant.username, grant.client_name),
        },
        |_| Ok(Vec::new()),
    )
}

/// Returns the token that a handle identifies.
///
/// # Errors
/// [`ActionError::NotFound`] if there is no such token, or [`ActionError::Ambiguous`] with the matches; otherwise
/// [`ActionError::Store`].
pub fn token(read: &dyn ReadTx, handle: &Handle) -> Result<TokenRecord, ActionError> {
    resolve(
        Noun::Token,
        handle,
        read.find_token(handle)?,
        |record| HandleMatch { handle: record.token.id.to_string(), label: record.client.name.to_string() },
        |_| Ok(Vec::new()),
    )
}

/// Returns the objects that the handles identify, in their order and without duplicates.
///
/// # Errors
/// The [`ActionError`] of `find` for the first handle that it cannot resolve.
pub fn each<T>(
    handles: &[Handle],
    id: impl Fn(&T) -> &str,
    find: impl Fn(&Handle) -> Result<T, ActionError>,
) -> Result<Vec<T>, ActionError> {
    let mut seen = HashSet::new();
    let mut objects = Vec::with_capacity(handles.len());
    for handle in handles {
        let object = find(handle)?;
        if seen.insert(id(&object).to_owned()) {
            objects.push(object);
        }
    }
    Ok(objects)
}

/// The number of objects that one read of a bulk selection returns.
const BATCH: usize = 500;

/// Returns every object of a list by reading page after page.
///
/// # Errors
/// [`ActionError::Store`] if a page cannot be read.
pub(crate) fn all_pages<T>(
    mut page: impl FnMut(&PageRequest) -> Result<Page<T>, StoreError>,
) -> Result<Vec<T>, ActionError> {
    let mut all = Vec::new();
    let mut request = PageRequest { after: None, limit: BATCH };
    loop {
        let Page { items, next } = page(&request)?;
        all.extend(items);
        match next {
            Some(next) => request.after = Some(next),
            None => return Ok(all),
        }
    }
}
