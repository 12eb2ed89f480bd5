//! Actions on many objects, which are named by handles, selected by a filter, or all. They ask at most once and change
//! all objects in one transaction.

use std::collections::HashSet;

use crate::actions::{ActionError, Change, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::output::check_format;
use crate::domain::handle::{Handle, Noun};
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::render::view::View;
use crate::render::words::{capitalised, count};
use crate::render::{ChangeReport, Format};
use crate::store::ReadTx;

/// The number of objects about which a message is printed each.
const MAX_MESSAGES: usize = 20;

/// A command line that acts on many objects.
pub(crate) struct BulkRequest<'a> {
    /// The schema of the output, such as `key.revoke`.
    pub schema: &'static str,
    pub noun: Noun,
    /// The verb as in the command, such as `revoke`.
    pub verb: &'static str,
    /// The handles as typed.
    pub handles: &'a [String],
    /// Objects are selected by a filter or `--all` instead of by handles.
    pub select_all: bool,
    /// A confirmation is needed.
    pub asks: bool,
}

/// An action on each of many objects.
pub(crate) trait BulkAction {
    type Object;
    type View: View;

    /// Returns the object that a handle names.
    fn resolve(&self, read: &dyn ReadTx, handle: &Handle) -> Result<Self::Object, ActionError>;
    /// Returns all objects that the filter selects.
    fn select_all(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<Self::Object>, ActionError>;
    /// Returns the id of an object.
    fn id(object: &Self::Object) -> &str;
    /// Returns true if the action would not change the object.
    fn is_already_done(&self, object: &Self::Object, now: Timestamp) -> bool;
    /// Returns a line for the confirmation: the object, and what stops working with it.
    fn impact_line(
        &self,
        read: &dyn ReadTx,
        object: &Self::Object,
        now: Timestamp,
    ) -> Result<String, ActionError>;
    /// Applies the action; returns true if the object was changed.
    fn apply(&self, change: &mut Change<'_>, object: &mut Self::Object) -> Result<bool, ActionError>;
    /// Returns the name and the id of an object, for messages.
    fn label(&self, object: &Self::Object) -> String;
    /// Returns the state after the action, which completes `is now`, `would be` or `was already`.
    fn outcome_phrase(&self, object: &Self::Object, now: Timestamp) -> String;
    /// Returns the view of an object.
    fn view(&self, object: &Self::Object, now: Timestamp) -> Self::View;
}

/// Applies an action to the objects of a request.
///
/// # Errors
/// [`Failure`] if a handle names no object or the action fails on one; then no object was changed.
pub(crate) fn run<A: BulkAction>(
    ctx: &mut Ctx<'_>,
    request: &BulkRequest<'_>,
    action: &A,
) -> Result<(), Failure> {
    check_format::<A::View>(ctx)?;
    let BulkRequest { noun, handles, select_all, .. } = *request;
    let (noun_word, verb) = (noun.as_str(), request.verb);
    if handles.is_empty() && !select_all {
        return Err(Failure::usage(format!(
            "apiconn {noun_word} {verb} needs a {noun_word}, a filter, or --all"
        ))
        .hint(format!("to list the existing ones: apiconn {noun_word} list")));
    }
    if !handles.is_empty() && select_all {
        return Err(Failure::usage(format!("give {noun_word}s, or a filter or --all, but not both"))
            .hint(format!("apiconn {noun_word} list with the same filter shows what it selects")));
    }
    if request.asks {
        ctx.require_answer(&format!("{noun_word} {verb}"))?;
    }
    let handles = ctx.handles(noun, handles)?;
    let objects_of = |read: &dyn ReadTx, now: Timestamp| {
        if select_all {
            action.select_all(read, now)
        } else {
            resolve::each(&handles, A::id, |handle| action.resolve(read, handle))
        }
    };
    // The answer covers the objects that the question showed, so objects that match the filter later are left out.
    let mut confirmed: Option<HashSet<String>> = None;
    if request.asks && ctx.will_ask() {
        let (lines, ids, open) = ctx.read(|read, now| {
            let mut lines = Vec::new();
            let mut ids = HashSet::new();
            let mut open = 0;
            for object in objects_of(read, now)? {
                open += usize::from(!action.is_already_done(&object, now));
                lines.push(action.impact_line(read, &object, now)?);
                ids.insert(A::id(&object).to_owned());
            }
            Ok((lines, ids, open))
        })?;
        if open > 0 {
            ctx.confirm(&lines, &format!("{} {} of", capitalised(verb), count(lines.len(), noun_word)))?;
        }
        confirmed = Some(ids);
    }
    let ((objects, now), outcome) = ctx.change(|change| {
        let now = change.now();
        let mut objects = Vec::new();
        for mut object in objects_of(change.read(), now)? {
            if confirmed.as_ref().is_some_and(|ids| !ids.contains(A::id(&object))) {
                continue;
            }
            let changed = action.apply(change, &mut object)?;
            objects.push((object, changed));
        }
        Ok((objects, now))
    })?;
    print_messages(ctx, noun_word, action, &objects, now);
    // At a terminal the messages say it all.
    if ctx.out.format != Format::Table {
        let operation = ctx.operation();
        let written = ChangeReport {
            schema: request.schema,
            changed: outcome.changed(),
            dry_run: ctx.globals.dry_run,
            operation: &operation,
            items: objects.iter().map(|(object, changed)| (action.view(object, now), *changed)).collect(),
            warnings: Vec::new(),
            single: false,
        };
        ctx.out.report_change(&written, None).map_err(|error| Failure::output(&error))?;
    }
    ctx.print_equivalent();
    Ok(())
}

fn print_messages<A: BulkAction>(
    ctx: &mut Ctx<'_>,
    noun: &str,
    action: &A,
    objects: &[(A::Object, bool)],
    now: Timestamp,
) {
    let done = if ctx.globals.dry_run { "would be" } else { "is now" };
    for (object, changed) in objects.iter().take(MAX_MESSAGES) {
        let verb = if *changed { done } else { "was already" };
        let phrase = action.outcome_phrase(object, now);
        ctx.out.note(&format!("{noun} {} {verb} {phrase}.", action.label(object)));
    }
    let changed = objects.iter().filter(|(_, changed)| *changed).count();
    match objects.len() {
        0 => ctx.out.note(&format!("No {noun} matches. Nothing was changed.")),
        all if all > MAX_MESSAGES => {
            let unchanged = all - changed;
            ctx.out.note(&format!("{}: {changed} changed, {unchanged} unchanged.", count(all, noun)));
        }
        _ => {}
    }
}
