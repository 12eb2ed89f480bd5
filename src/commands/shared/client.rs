//! What the verbs of keys and of consumers share: they differ in their views and in what only consumers have.

use std::marker::PhantomData;

use clap::Args;

use crate::actions::clients;
use crate::actions::clients::secrets;
use crate::actions::clients::secrets::Rotation;
use crate::actions::clients::{ClientEdit, Patch, Switch};
use crate::actions::{ActionError, Change, Outcome, catalog, resolve};
use crate::completion;
use crate::domain::State;
use crate::domain::client::{Client, StoredState};
use crate::domain::handle::Handle;
use crate::domain::id::ClientKind;
use crate::domain::name::{Name, Text};
use crate::domain::page::{ClientFilter, Sort, SortField, StateFilter};
use crate::domain::scope::Scope;
use crate::domain::time::{Span, Timestamp, When};
use crate::failure::Failure;
use crate::render::relative_time::relative_time;
use crate::render::view::client::ClientView;
use crate::render::words::capitalised;
use crate::render::words::{count, count_up_to};
use crate::render::{ChangeReport, Warning};
use crate::store::ReadTx;
use crate::store::clients::Impact;

use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::commands::shared::deliver::{Minting, SecretFile, check_delivery, hand_over, token_url};
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;

/// Which clients a list shows or a bulk verb takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FilterArgs {
    /// In this state: active, disabled, expired, revoked or all [default: all but revoked]
    #[arg(long, value_name = "STATE", add = completion::words(&["active", "disabled", "expired", "revoked", "all"]))]
    pub state: Option<StateFilter>,
    /// That hold this scope, directly or by their group
    #[arg(long, value_name = "SCOPE", add = completion::scopes())]
    pub scope: Option<Scope>,
    /// That hold this group
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    pub group: Option<Name>,
    /// Whose owner this is
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<Text>,
    /// That expire within this time
    #[arg(long, value_name = "DURATION")]
    pub expiring_in: Option<Span>,
    /// Unused, and there, for at least this time
    #[arg(long, value_name = "DURATION")]
    pub unused_for: Option<Span>,
    /// Whose name matches this pattern of *, ? and [...]
    #[arg(long = "match", value_name = "GLOB", value_parser = list::pattern)]
    pub name_glob: Option<String>,
}

impl FilterArgs {
    fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.scope.is_none()
            && self.group.is_none()
            && self.owner.is_none()
            && self.expiring_in.is_none()
            && self.unused_for.is_none()
            && self.name_glob.is_none()
    }

    fn filter(
        &self,
        kind: ClientKind,
        read: &dyn ReadTx,
        now: Timestamp,
    ) -> Result<ClientFilter, ActionError> {
        // Nothing found would be a wrong answer where the group itself is mistyped.
        if let Some(group) = &self.group {
            catalog::held_group(read, group)?;
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

/// The order and part of a list of clients.
#[derive(Args, Clone, Debug)]
pub(crate) struct SortArgs {
    /// By created, name, expires or last_used; - in front for largest first [default: -created, of expired ones -expires]
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true,
          add = completion::words(&["created", "-created", "name", "-name", "expires", "-expires", "last_used", "-last_used"]))]
    pub sort: Option<Sort>,
}

impl SortArgs {
    /// The order asked for. What has expired is looked through from the latest end: the newest of it may lie behind any
    /// number of younger ones that have not.
    fn of(&self, state: Option<StateFilter>) -> Sort {
        self.sort.unwrap_or(match state {
            Some(StateFilter::Only(State::Expired)) => Sort { field: SortField::Expires, descending: true },
            _ => Sort::NEWEST,
        })
    }
}

/// Shows a page of clients.
///
/// # Errors
/// Fails where the store cannot be read.
pub(crate) fn list<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &str,
    filter: &FilterArgs,
    sort: &SortArgs,
    page: &PageArgs,
) -> Result<(), Failure> {
    list::run(
        ctx,
        schema,
        page,
        |read, request, now| {
            let sort = sort.of(filter.state);
            let filter = filter.filter(V::KIND, read, now)?;
            Ok(read.list_clients(&filter, sort, request, now)?)
        },
        |client, now| V::of(client, None, now),
    )
}

/// Shows a client with its secrets.
///
/// # Errors
/// Fails where there is no such client.
pub(crate) fn show<V: ClientView>(ctx: &mut Ctx<'_>, schema: &str, handle: &str) -> Result<(), Failure> {
    list::check_format::<V>(ctx)?;
    let handle = Handle::parse(V::KIND.into(), handle)?;
    let view = ctx.read(|read, now| {
        let client = resolve::client(read, V::KIND, &handle)?;
        let secrets = read.secrets_of(&client.id)?;
        Ok(V::of(&client, Some(&secrets), now))
    })?;
    ctx.out.show(schema, &view).map_err(|error| Failure::output(&error))
}

/// How long the old secret stays.
#[derive(Args, Clone, Debug)]
pub(crate) struct RotationArgs {
    /// How long the old secret stays accepted [default: the setting rotation_overlap]
    #[arg(long, value_name = "DURATION")]
    pub overlap: Option<Span>,
    /// End the old secrets, and the tokens obtained with them, as soon as the new one is handed over
    #[arg(long, conflicts_with = "overlap")]
    pub now: bool,
    /// Write the secret to this new file instead of standard output
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub secret_file: Option<std::path::PathBuf>,
}

/// Mints a second secret and hands it over.
///
/// # Errors
/// Fails where the client cannot be rotated or the secret not handed over.
pub(crate) fn rotate<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    handle: &str,
    args: &RotationArgs,
) -> Result<(), Failure> {
    list::check_handover::<V>(ctx)?;
    let (kind, noun) = (V::KIND, V::KIND.noun());
    let handle = Handle::parse(kind.into(), handle)?;
    if args.now {
        ctx.require_answer(&format!("{noun} rotate --now"))?;
        let (name, ends) = ctx.read(|read, now| {
            let client = resolve::client(read, kind, &handle)?;
            let live = read.secrets_of(&client.id)?.into_iter().filter(|secret| secret.is_live(now)).count();
            let impact = read.client_impact(&client.id, now)?;
            let ends = format!(
                "  {noun} {} ({}): {}, {}, {}",
                client.name,
                client.id,
                count(live, "live secret"),
                count_up_to(impact.tokens, Impact::CAP, "live token"),
                last_use(&client, now)
            );
            Ok((client.name, ends))
        })?;
        ctx.confirm(&[ends], &format!("Rotate {noun} {name} now in"))?;
    }
    let rotation = match (args.now, args.overlap) {
        (true, _) => Some(Rotation::Now),
        (false, overlap) => overlap.map(Rotation::Overlap),
    };
    check_delivery(ctx, args.secret_file.as_deref())?;
    SecretFile::require_free(args.secret_file.as_deref())?;
    let file = SecretFile::begin(ctx, args.secret_file.as_deref())?;
    let ((client, issued, consequences, token_url), outcome) = ctx.change(|change| {
        let (client, issued, consequences) = secrets::rotate(change, kind, &handle, rotation)?;
        Ok((client, issued, consequences, token_url(change.read())?))
    })?;
    let mut warnings = Vec::new();
    if let Some(hint) = consequences.replaced {
        let message = format!("the secret ending in {hint} was never used, and is revoked");
        warnings.push(Warning { code: "replaces_unused", message });
    }
    if client.state(ctx.now()) == State::Disabled {
        let message =
            format!("{noun} {} is disabled: its secrets are refused until it is enabled", client.name);
        warnings.push(Warning { code: "not_active", message });
    }
    let old = consequences
        .retiring
        .map(|(hint, end)| format!("the secret ending in {hint} is accepted until {}", end.to_rfc3339()));
    let minting =
        Minting { schema, client, issued: Some(issued), changed: outcome.changed(), warnings, token_url };
    hand_over::<V>(ctx, minting, file)?;
    if let Some(old) = old {
        ctx.out.note(&format!("{}.", capitalised(&old)));
    }
    ctx.tell_equivalent();
    Ok(())
}

/// When it was last used, for a person.
fn last_use(client: &Client, now: Timestamp) -> String {
    client
        .last_used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("last used {}", relative_time(at, now)))
}

/// Which clients a bulk verb takes: handles, or a filter, or all.
pub(crate) struct Targets<'a> {
    /// Handles as typed.
    pub handles: &'a [String],
    /// A filter.
    pub filter: &'a FilterArgs,
    /// `--all`.
    pub all: bool,
}

/// Switches or ends clients.
///
/// # Errors
/// Fails where a handle leads nowhere or a client cannot be switched; then none was.
pub(crate) fn switch<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    what: Switch,
    targets: &Targets<'_>,
) -> Result<(), Failure> {
    let verb = match what {
        Switch::Disable => "disable",
        Switch::Enable => "enable",
        Switch::Revoke => "revoke",
    };
    let chosen = targets.all || !targets.filter.is_empty();
    let request = bulk::Request {
        schema,
        noun: V::KIND.into(),
        verb,
        handles: targets.handles,
        chosen,
        // Switching one thing on ends nothing; switching on whatever a filter finds is worth a question.
        asks: what != Switch::Enable || chosen,
    };
    bulk::run(ctx, &request, &SwitchClients::<V> { what, filter: targets.filter, view: PhantomData })
}

struct SwitchClients<'a, V> {
    what: Switch,
    filter: &'a FilterArgs,
    view: PhantomData<V>,
}

impl<V: ClientView> bulk::Verb for SwitchClients<'_, V> {
    type Object = Client;
    type View = V;

    fn find(&self, read: &dyn ReadTx, handle: &Handle) -> Result<Client, ActionError> {
        resolve::client(read, V::KIND, handle)
    }

    fn choose(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<Client>, ActionError> {
        clients::all_matching(read, &self.filter.filter(V::KIND, read, now)?, now)
    }

    fn id(client: &Client) -> &str {
        client.id.as_str()
    }

    fn is_done(&self, client: &Client, _: Timestamp) -> bool {
        match self.what {
            Switch::Revoke => matches!(client.stored_state, StoredState::Revoked { .. }),
            Switch::Disable => matches!(client.stored_state, StoredState::Disabled { .. }),
            Switch::Enable => client.stored_state == StoredState::Active,
        }
    }

    fn consequence(&self, read: &dyn ReadTx, client: &Client, now: Timestamp) -> Result<String, ActionError> {
        let impact = read.client_impact(&client.id, now)?;
        let used = last_use(client, now);
        let people = match client.kind() {
            ClientKind::Key => String::new(),
            ClientKind::Consumer => {
                let grants = count_up_to(impact.grants, Impact::CAP, "grant");
                format!(", {grants} of {}", count_up_to(impact.users, Impact::CAP, "user"))
            }
        };
        let tokens = count_up_to(impact.tokens, Impact::CAP, "live token");
        Ok(format!("  {} {}: {tokens}{people}, {used}", client.kind().noun(), self.label(client)))
    }

    fn act(&self, change: &mut Change<'_>, client: &mut Client) -> Result<bool, ActionError> {
        clients::switch(change, client, self.what)
    }

    fn label(&self, client: &Client) -> String {
        format!("{} ({})", client.name, client.id)
    }

    fn result(&self, client: &Client, now: Timestamp) -> String {
        client.state(now).as_str().to_owned()
    }

    fn view(&self, client: &Client, now: Timestamp) -> V {
        V::of(client, None, now)
    }
}

/// What `edit` can change in keys and consumers alike.
#[derive(Args, Clone, Debug)]
pub(crate) struct EditArgs {
    /// Add a scope
    #[arg(long = "add-scope", value_name = "SCOPE", add = completion::scopes())]
    pub add_scopes: Vec<Scope>,
    /// Take a scope out
    #[arg(long = "remove-scope", value_name = "SCOPE", add = completion::scopes())]
    pub remove_scopes: Vec<Scope>,
    /// Hold this group
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    pub group: Option<Name>,
    /// Hold no group
    #[arg(long, conflicts_with = "group")]
    pub no_group: bool,
    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<Text>,
    /// Nobody in particular answers for it
    #[arg(long, conflicts_with = "owner")]
    pub no_owner: bool,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<Text>,
    /// Without description
    #[arg(long, conflicts_with = "description")]
    pub no_description: bool,
    /// When it ends: 90d, a date (its first moment, UTC), an RFC 3339 time, tomorrow or never; m is minutes
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<When>,
    /// Only if it is still at this revision
    #[arg(long, value_name = "N")]
    pub if_revision: Option<i64>,
}

/// A value, its removal, or neither.
#[must_use]
pub(crate) fn set_or_unset<T: Clone>(value: Option<&T>, unset: bool) -> Patch<T> {
    match (value, unset) {
        (_, true) => Patch::Clear,
        (Some(value), false) => Patch::Set(value.clone()),
        (None, false) => Patch::Keep,
    }
}

impl EditArgs {
    /// The edit without what only consumers have.
    #[must_use]
    pub(crate) fn edit(&self) -> ClientEdit {
        ClientEdit {
            add_scopes: self.add_scopes.iter().cloned().collect(),
            remove_scopes: self.remove_scopes.iter().cloned().collect(),
            group: set_or_unset(self.group.as_ref(), self.no_group),
            description: set_or_unset(self.description.as_ref(), self.no_description),
            owner: set_or_unset(self.owner.as_ref(), self.no_owner),
            expires: self.expires,
            ..ClientEdit::default()
        }
    }
}

/// Changes a client.
///
/// # Errors
/// Fails where there is no such client or the change is refused.
pub(crate) fn edit<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    handle: &str,
    edit: &ClientEdit,
    if_revision: Option<i64>,
) -> Result<(), Failure> {
    list::check_format::<V>(ctx)?;
    let handle = Handle::parse(V::KIND.into(), handle)?;
    let (client, outcome) =
        ctx.change(|change| clients::edit(change, V::KIND, &handle, edit, if_revision))?;
    let now = ctx.now();
    let word = match outcome {
        Outcome::Unchanged => "nothing to change",
        Outcome::Changed => "changed, effective from the next request on",
        Outcome::WouldChange => "would be changed",
    };
    ctx.out.note(&format!(
        "{} {} {}: {word} (revision {}).",
        V::KIND.noun(),
        client.name,
        client.id,
        client.revision
    ));
    single(ctx, schema, outcome, V::of(&client, None, now))
}

/// Tells of one object that a command took.
///
/// # Errors
/// Fails where standard output does.
pub(crate) fn single<V: crate::render::view::View>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    outcome: Outcome,
    view: V,
) -> Result<(), Failure> {
    let operation = ctx.operation();
    let written = ChangeReport {
        schema,
        changed: outcome.changed(),
        dry_run: ctx.globals.dry_run,
        operation: &operation,
        items: vec![(view, outcome.changed())],
        warnings: Vec::new(),
        single: true,
    };
    ctx.out.report_change(&written, None).map_err(|error| Failure::output(&error))
}
