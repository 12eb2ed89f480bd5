//! `disable`, `enable` and `revoke` of keys and consumers.

use std::marker::PhantomData;

use crate::actions::clients::StateChange;
use crate::actions::{ActionError, Change, clients, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::commands::shared::bulk::{BulkAction, BulkRequest};
use crate::commands::shared::client_filter::ClientFilterArgs;
use crate::commands::shared::client_read::last_use;
use crate::domain::client::{Client, StoredState};
use crate::domain::handle::Handle;
use crate::domain::id::ClientKind;
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::render::view::client::ClientView;
use crate::render::words::count_up_to;
use crate::store::ReadTx;
use crate::store::clients::Impact;

/// The clients to act on: handles, a filter, or all.
pub(crate) struct Targets<'a> {
    /// The handles as typed.
    pub handles: &'a [String],
    pub filter: &'a ClientFilterArgs,
    pub all: bool,
}

/// Disables, enables or revokes clients.
///
/// # Errors
/// [`Failure`] as of [`bulk::run`].
pub(crate) fn switch<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    switch: StateChange,
    targets: &Targets<'_>,
) -> Result<(), Failure> {
    let verb = match switch {
        StateChange::Disable => "disable",
        StateChange::Enable => "enable",
        StateChange::Revoke => "revoke",
    };
    let select_all = targets.all || !targets.filter.is_empty();
    let request = BulkRequest {
        schema,
        noun: V::KIND.into(),
        verb,
        handles: targets.handles,
        select_all,
        // Enabling ends nothing. A filter may enable more clients than expected, so it asks.
        asks: switch != StateChange::Enable || select_all,
    };
    bulk::run(ctx, &request, &SwitchClients::<V> { switch, filter: targets.filter, view: PhantomData })
}

struct SwitchClients<'a, V> {
    switch: StateChange,
    filter: &'a ClientFilterArgs,
    view: PhantomData<V>,
}

impl<V: ClientView> BulkAction for SwitchClients<'_, V> {
    type Object = Client;
    type View = V;

    fn resolve(&self, read: &dyn ReadTx, handle: &Handle) -> Result<Client, ActionError> {
        resolve::client(read, V::KIND, handle)
    }

    fn select_all(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<Client>, ActionError> {
        clients::all_matching(read, &self.filter.filter(V::KIND, read, now)?, now)
    }

    fn id(client: &Client) -> &str {
        client.id.as_str()
    }

    fn is_already_done(&self, client: &Client, _: Timestamp) -> bool {
        match self.switch {
            StateChange::Revoke => matches!(client.stored_state, StoredState::Revoked { .. }),
            StateChange::Disable => matches!(client.stored_state, StoredState::Disabled { .. }),
            StateChange::Enable => client.stored_state == StoredState::Active,
        }
    }

    fn impact_line(&self, read: &dyn ReadTx, client: &Client, now: Timestamp) -> Result<String, ActionError> {
        let impact = read.client_impact(&client.id, now)?;
        let used = last_use(client, now);
        let grants = match client.kind() {
            ClientKind::Key => String::new(),
            ClientKind::Consumer => {
                let grants = count_up_to(impact.grants, Impact::CAP, "grant");
                format!(", {grants} of {}", count_up_to(impact.users, Impact::CAP, "user"))
            }
        };
        let tokens = count_up_to(impact.tokens, Impact::CAP, "live token");
        Ok(format!("  {} {}: {tokens}{grants}, {used}", client.kind().noun(), self.label(client)))
    }

    fn apply(&self, change: &mut Change<'_>, client: &mut Client) -> Result<bool, ActionError> {
        clients::change_state(change, client, self.switch)
    }

    fn label(&self, client: &Client) -> String {
        format!("{} ({})", client.name, client.id)
    }

    fn outcome_phrase(&self, client: &Client, now: Timestamp) -> String {
        client.state(now).as_str().to_owned()
    }

    fn view(&self, client: &Client, now: Timestamp) -> V {
        V::of(client, None, now)
    }
}
