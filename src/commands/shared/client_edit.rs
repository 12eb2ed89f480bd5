//! `edit` of keys and consumers.

use clap::Args;

use crate::actions::Patch;
use crate::actions::clients::ClientEdit;
use crate::actions::{ChangeOutcome, clients};
use crate::commands::context::Ctx;
use crate::commands::shared::output::{check_format, print_change_with};
use crate::completion;
use crate::domain::handle::Handle;
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::domain::time::TimeSpec;
use crate::failure::Failure;
use crate::render::view::client::ClientView;

/// The flags of `edit` that keys and consumers have.
#[derive(Args, Clone, Debug)]
pub(crate) struct EditArgs {
    /// Scope to add; repeat for more
    #[arg(long = "add-scope", value_name = "SCOPE", add = completion::scopes())]
    pub add_scopes: Vec<Scope>,
    /// Scope to remove; repeat for more
    #[arg(long = "remove-scope", value_name = "SCOPE", add = completion::scopes())]
    pub remove_scopes: Vec<Scope>,
    /// Permission group to move the key or consumer to
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    pub group: Option<Name>,
    /// Remove the key or consumer from its group
    #[arg(long, conflicts_with = "group")]
    pub no_group: bool,
    /// Person or team responsible, as free text
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<Text>,
    /// Remove the owner of the key or consumer
    #[arg(long, conflicts_with = "owner")]
    pub no_owner: bool,
    /// Purpose of the key or consumer, as free text
    #[arg(long, value_name = "TEXT")]
    pub description: Option<Text>,
    /// Remove the description of the key or consumer
    #[arg(long, conflicts_with = "description")]
    pub no_description: bool,
    /// Expiry: a duration (90d), a date, an RFC 3339 time, tomorrow or never
    ///
    /// A duration counts from now. A date means 00:00 UTC on that day. apiconn help durations lists the units.
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<TimeSpec>,
    /// Fail unless the key or consumer has this revision
    ///
    /// The revision is printed by show and by edit. It grows by one with each change.
    #[arg(long, value_name = "N")]
    pub if_revision: Option<i64>,
}

/// Returns the patch for a pair of flags, such as `--owner` and `--no-owner`.
#[must_use]
pub(crate) fn patch<T: Clone>(value: Option<&T>, clear: bool) -> Patch<T> {
    match (value, clear) {
        (_, true) => Patch::Clear,
        (Some(value), false) => Patch::Set(value.clone()),
        (None, false) => Patch::Keep,
    }
}

impl EditArgs {
    /// Returns the edit, without the parts that only consumers have.
    #[must_use]
    pub(crate) fn edit(&self) -> ClientEdit {
        ClientEdit {
            add_scopes: self.add_scopes.iter().cloned().collect(),
            remove_scopes: self.remove_scopes.iter().cloned().collect(),
            group: patch(self.group.as_ref(), self.no_group),
            description: patch(self.description.as_ref(), self.no_description),
            owner: patch(self.owner.as_ref(), self.no_owner),
            expires: self.expires,
            ..ClientEdit::default()
        }
    }
}

/// Changes a client.
///
/// # Errors
/// [`Failure`] if the client does not exist or the change is refused.
pub(crate) fn edit<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    handle: &str,
    edit: &ClientEdit,
    if_revision: Option<i64>,
) -> Result<(), Failure> {
    check_format::<V>(ctx)?;
    let handle = Handle::parse(V::KIND.into(), handle)?;
    let (client, outcome) =
        ctx.change(|change| clients::edit(change, V::KIND, &handle, edit, if_revision))?;
    let now = ctx.now();
    let result = match outcome {
        ChangeOutcome::Unchanged => "nothing to change",
        ChangeOutcome::Changed => "changed, effective from the next request",
        ChangeOutcome::WouldChange => "would be changed",
    };
    ctx.out.note(&format!(
        "{} {} {}: {result} (revision {}).",
        V::KIND.noun(),
        client.name,
        client.id,
        client.revision
    ));
    let warnings = edit.warnings(&client).into_iter().map(Into::into).collect();
    print_change_with(ctx, schema, outcome, V::of(&client, None, now), warnings)
}
