//! The filter of `grant list` and `grant revoke`.

use clap::Args;

use crate::actions::{ActionError, resolve};
use crate::commands::shared::list::{pattern, state_among};
use crate::completion;
use crate::domain::State;
use crate::domain::handle::{Handle, Noun};
use crate::domain::id::ClientKind;
use crate::domain::page::{GrantFilter, StateFilter};
use crate::domain::scope::Scope;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::store::ReadTx;

/// The flags of the filter.
#[derive(Args, Clone, Debug)]
pub(crate) struct GrantFilterArgs {
    /// Select by state: active, revoked or all [default: active]
    #[arg(long, value_name = "STATE", value_parser = state_among("grant", [State::Active, State::Revoked]), add = completion::words(&["active", "revoked", "all"]))]
    state: Option<StateFilter>,
    /// Select grants of this user
    #[arg(long, value_name = "USER", add = completion::users(completion::States::All))]
    user: Option<String>,
    /// Select grants to this consumer
    #[arg(long, value_name = "CONSUMER", add = completion::consumers(completion::States::All))]
    consumer: Option<String>,
    /// Select grants that include this scope
    #[arg(long, value_name = "SCOPE", add = completion::declared_scopes())]
    scope: Option<Scope>,
    /// Select those not used for at least DURATION, and created before that
    #[arg(long, value_name = "DURATION")]
    unused_for: Option<Span>,
    /// Select by USER/CONSUMER: a pattern with *, ? and [...]
    #[arg(long = "match", value_name = "GLOB", value_parser = pattern)]
    name_glob: Option<String>,
}

/// The parsed handles of a filter.
pub(crate) struct GrantHandles {
    user: Option<Handle>,
    consumer: Option<Handle>,
}

impl GrantFilterArgs {
    /// Returns true if no flag of the filter is given.
    pub(crate) const fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.user.is_none()
            && self.consumer.is_none()
            && self.scope.is_none()
            && self.unused_for.is_none()
            && self.name_glob.is_none()
    }

    /// Parses the handles, before the store is opened.
    ///
    /// # Errors
    /// [`Failure`] with [`crate::exit::Exit::Usage`] for a handle that cannot be one of its noun.
    pub(crate) fn handles(&self) -> Result<GrantHandles, Failure> {
        let parse =
            |noun, text: &Option<String>| text.as_deref().map(|text| Handle::parse(noun, text)).transpose();
        Ok(GrantHandles {
            user: parse(Noun::User, &self.user)?,
            consumer: parse(Noun::Consumer, &self.consumer)?,
        })
    }

    /// Returns the filter at the time `now`.
    ///
    /// # Errors
    /// [`ActionError::NotFound`] or [`ActionError::Ambiguous`] for the user or the consumer.
    pub(crate) fn filter(
        &self,
        handles: &GrantHandles,
        read: &dyn ReadTx,
        now: Timestamp,
    ) -> Result<GrantFilter, ActionError> {
        Ok(GrantFilter {
            state: self.state.unwrap_or(StateFilter::NotRevoked),
            user: handles
                .user
                .as_ref()
                .map(|handle| resolve::user(read, handle))
                .transpose()?
                .map(|user| user.id),
            client: handles
                .consumer
                .as_ref()
                .map(|handle| resolve::client(read, ClientKind::Consumer, handle))
                .transpose()?
                .map(|client| client.id),
            scope: self.scope.clone(),
            unused_since: self.unused_for.map(|span| now.minus(span)),
            name_glob: self.name_glob.clone(),
        })
    }
}
