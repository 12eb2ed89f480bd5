//! The filter and the order of keys and consumers.

use clap::Args;

use crate::actions::{ActionError, groups};
use crate::commands::shared::list;
use crate::completion;
use crate::domain::State;
use crate::domain::id::ClientKind;
use crate::domain::name::{Name, Text};
use crate::domain::page::{ClientFilter, Sort, SortField, StateFilter};
use crate::domain::scope::Scope;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::store::ReadTx;

/// The filter of a list or of a bulk action.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ClientFilterArgs {
    /// Select by state: active, disabled, expired, revoked or all [default: all except revoked]
    #[arg(long, value_name = "STATE", add = completion::words(&["active", "disabled", "expired", "revoked", "all"]))]
    pub state: Option<StateFilter>,
    /// Select those with this scope, their own or by their group
    #[arg(long, value_name = "SCOPE", add = completion::scopes())]
    pub scope: Option<Scope>,
    /// Select the members of this group
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    pub group: Option<Name>,
    /// Select those with exactly this owner
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<Text>,
    /// Select those that expire within DURATION from now
    #[arg(long, value_name = "DURATION")]
    pub expiring_in: Option<Span>,
    /// Select those not used for at least DURATION, and created before that
    #[arg(long, value_name = "DURATION")]
    pub unused_for: Option<Span>,
    /// Select by name: a pattern with *, ? and [...]
    #[arg(long = "match", value_name = "GLOB", value_parser = list::pattern)]
    pub name_glob: Option<String>,
}

impl ClientFilterArgs {
    /// Returns true if no flag of the filter is given.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.scope.is_none()
            && self.group.is_none()
            && self.owner.is_none()
            && self.expiring_in.is_none()
            && self.unused_for.is_none()
            && self.name_glob.is_none()
    }

    /// Returns the filter at the time `now`.
    ///
    /// # Errors
    /// [`ActionError::NotFound`] if the group does not exist: an empty list would be a misleading answer to a mistyped
    /// name.
    pub(crate) fn filter(
        &self,
        kind: ClientKind,
        read: &dyn ReadTx,
        now: Timestamp,
    ) -> Result<ClientFilter, ActionError> {
        if let Some(group) = &self.group {
            groups::scopes_of(read, group)?;
        }
        Ok(ClientFilter {
            kind,
            state: self.state.unwrap_or(StateFilter::NotRevoked),
            scope: self.scope.clone(),
            group: self.group.clone(),
            owner: self.owner.clone(),
            expiring_before: self.expiring_in.map(|span| now.plus(span)),
            unused_since: self.unused_for.map(|span| now.minus(span)),
            name_glob: self.name_glob.clone(),
        })
    }
}

/// The order of a list.
#[derive(Args, Clone, Debug)]
pub(crate) struct ClientSortArgs {
    /// Sort by created, name, expires or last_used; a leading - reverses [default: -created]
    ///
    /// With --state expired the default is -expires.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true,
          add = completion::words(&["created", "-created", "name", "-name", "expires", "-expires", "last_used", "-last_used"]))]
    pub sort: Option<Sort>,
}

impl ClientSortArgs {
    /// Returns the order for a state. Expired clients are read by expiry, the latest first: by creation, the store would
    /// have to skip any number of clients that have not expired.
    pub(crate) fn order(&self, state: Option<StateFilter>) -> Sort {
        self.sort.unwrap_or(match state {
            Some(StateFilter::Only(State::Expired)) => Sort { field: SortField::Expires, descending: true },
            _ => Sort::NEWEST,
        })
    }
}
