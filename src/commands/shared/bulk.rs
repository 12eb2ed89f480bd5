//! Verbs that take many objects: named by handles, chosen by a filter, or all. They ask once and act in one transaction.

use std::collections::HashSet;

use crate::actions::{ActionError, Change, resolve};
use crate::domain::handle::{Handle, Noun};
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::render::view::View;
use crate::render::words::{capitalised, count};
use crate::render::{ChangeReport, Format};
use crate::store::ReadTx;

use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;

/// How many objects a person wants to read about one by one.
const TOLD: usize = 20;

/// What was asked for.
pub(crate) struct Request<'a> {
    /// `key.revoke` and the like.
    pub schema: &'static str,
    /// What sort of objects.
    pub noun: Noun,
    /// What to do, as in the command.
    pub verb: &'static str,
    /// Handles as typed.
    pub handles: &'a [String],
    /// Whether objects are chosen by a filter or `--all` instead.
    pub chosen: bool,
    /// Whether a person is asked first.
    pub asks: bool,
}

/// What a verb does to each of its objects.
pub(crate) trait Verb {
    /// The object.
    type Object;
    /// How it is shown.
    type View: View;

    /// The object that a handle names.
    fn find(&self, read: &dyn ReadTx, handle: &Handle) -> Result<Self::Object, ActionError>;
    /// All objects that the filter chooses.
    fn choose(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<Self::Object>, ActionError>;
    /// What tells objects apart.
    fn id(object: &Self::Object) -> &str;
    /// Whether it is so already, and nothing would end.
    fn is_done(&self, object: &Self::Object, now: Timestamp) -> bool;
    /// A line of the question: the object, and what would end with it.
    fn consequence(
        &self,
        read: &dyn ReadTx,
        object: &Self::Object,
        now: Timestamp,
    ) -> Result<String, ActionError>;
    /// Does it; true if the object was not so already.
    fn act(&self, change: &mut Change<'_>, object: &mut Self::Object) -> Result<bool, ActionError>;
    /// The object by the name that a person knows.
    fn label(&self, object: &Self::Object) -> String;
    /// What it is now, after `is`, `would be` or `already`.
    fn result(&self, object: &Self::Object, now: Timestamp) -> String;
    /// How it is shown.
    fn view(&self, object: &Self::Object, now: Timestamp) -> Self::View;
}

/// Runs a verb on its objects.
///
/// # Errors
/// Fails where a handle leads nowhere or one object is refused; then none was changed.
pub(crate) fn run<V: Verb>(ctx: &mut Ctx<'_>, request: &Request<'_>, verb: &V) -> Result<(), Failure> {
    check_format::<V::View>(ctx)?;
    let Request { noun, handles, chosen, .. } = *request;
    let (noun_word, verb_word) = (noun.as_str(), request.verb);
    if handles.is_empty() && !chosen {
        return Err(Failure::usage(format!(
            "apiconn {noun_word} {verb_word} needs a {noun_word}, a filter, or --all"
        ))
        .hint(format!("apiconn {noun_word} list shows what there is")));
    }
    if !handles.is_empty() && chosen {
        return Err(Failure::usage("name handles, or choose by a filter or --all, not both")
            .hint(format!("apiconn {noun_word} list with the same filter shows what it chooses")));
    }
    if request.asks {
        ctx.require_answer(&format!("{noun_word} {verb_word}"))?;
    }
    let handles = ctx.handles(noun, handles)?;
    let find = |read: &dyn ReadTx, now: Timestamp| {
        if chosen {
            verb.choose(read, now)
        } else {
            resolve::each(&handles, V::id, |handle| verb.find(read, handle))
        }
    };
    // Whoever said yes said it to these: what has come to fit a filter since is left alone.
    let mut agreed: Option<HashSet<String>> = None;
    if request.asks && ctx.will_ask() {
        let (lines, ids, to_do) = ctx.read(|read, now| {
            let mut lines = Vec::new();
            let mut ids = HashSet::new();
            let mut to_do = 0;
            for object in find(read, now)? {
                to_do += usize::from(!verb.is_done(&object, now));
                lines.push(verb.consequence(read, &object, now)?);
                ids.insert(V::id(&object).to_owned());
            }
            Ok((lines, ids, to_do))
        })?;
        if to_do > 0 {
            ctx.confirm(&lines, &format!("{} {} of", capitalised(verb_word), count(lines.len(), noun_word)))?;
        }
        agreed = Some(ids);
    }
    let ((objects, now), outcome) = ctx.change(|change| {
        let now = change.now();
        let mut objects = Vec::new();
        for mut object in find(change.read(), now)? {
            if agreed.as_ref().is_some_and(|ids| !ids.contains(V::id(&object))) {
                continue;
            }
            let changed = verb.act(change, &mut object)?;
            objects.push((object, changed));
        }
        Ok((objects, now))
    })?;
    tell(ctx, noun_word, verb, &objects, now);
    // A person has read it on standard error already.
    if ctx.out.format != Format::Table {
        let operation = ctx.operation();
        let written = ChangeReport {
            schema: request.schema,
            changed: outcome.changed(),
            dry_run: ctx.globals.dry_run,
            operation: &operation,
            items: objects.iter().map(|(object, changed)| (verb.view(object, now), *changed)).collect(),
            warnings: Vec::new(),
            single: false,
        };
        ctx.out.report_change(&written, None).map_err(|error| Failure::output(&error))?;
    }
    ctx.tell_equivalent();
    Ok(())
}

fn tell<V: Verb>(ctx: &mut Ctx<'_>, noun: &str, verb: &V, objects: &[(V::Object, bool)], now: Timestamp) {
    let done = if ctx.globals.dry_run { "would be" } else { "is now" };
    for (object, changed) in objects.iter().take(TOLD) {
        let word = if *changed { done } else { "was already" };
        ctx.out.note(&format!("{noun} {} {word} {}.", verb.label(object), verb.result(object, now)));
    }
    let changed = objects.iter().filter(|(_, changed)| *changed).count();
    match objects.len() {
        0 => ctx.out.note(&format!("No {noun} fits; nothing was changed.")),
        all if all > TOLD => {
            let already = all - changed;
            ctx.out.note(&format!("{} in all: {changed} changed, {already} so already.", count(all, noun)));
        }
        _ => {}
    }
}
