use clap::Args;

use crate::actions::{ActionError, grants, select};
use crate::commands::client::report;
use crate::commands::ctx::Ctx;
use crate::commands::lists::check_format;
use crate::completion;
use crate::domain::State;
use crate::domain::grant::Grant;
use crate::domain::handle::Noun;
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::render::cells::relative;
use crate::render::view::grant::GrantView;
use crate::render::words::{count, count_up_to};
use crate::store::ReadTx;
use crate::store::clients::Impact;

use super::FilterArgs;

/// End grants for good, with every token that rests on them; effective at once
///
/// Examples:
///   apiconn grant revoke tech1/field-app --reason "left the company"
///   apiconn grant revoke --user tech1 --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct RevokeArgs {
    /// By id, the unique beginning of one, or USER/CONSUMER; - reads them from standard input, one a line
    #[arg(value_name = "GRANT", add = completion::grants(completion::States::Active))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(super) fn run(ctx: &mut Ctx<'_>, args: &RevokeArgs) -> Result<(), Failure> {
    check_format::<GrantView>(ctx)?;
    if args.handles.is_empty() && args.filter.is_empty() && !args.all {
        return Err(Failure::usage("apiconn grant revoke needs a grant, a filter, or --all")
            .hint("apiconn grant list shows what there is"));
    }
    if !args.handles.is_empty() && (args.all || !args.filter.is_empty()) {
        return Err(Failure::usage("name handles, or choose by a filter or --all, not both"));
    }
    ctx.require_answer("grant revoke")?;
    let handles = ctx.handles(Noun::Grant, &args.handles)?;
    let ends = args.filter.ends()?;
    let find = |read: &dyn ReadTx, now: Timestamp| -> Result<Vec<Grant>, ActionError> {
        if args.handles.is_empty() {
            grants::all_matching(read, &args.filter.filter(&ends, read, now)?)
        } else {
            select::each(
                &handles,
                |left: &Grant, right: &Grant| left.id == right.id,
                |handle| select::grant(read, handle),
            )
        }
    };
    if ctx.can_ask() && !ctx.globals.yes && !ctx.globals.dry_run {
        let lines = ctx.read(|read, now| {
            find(read, now)?
                .iter()
                .map(|grant| Ok(line(grant, read.grant_tokens(&grant.id, now)?, now)))
                .collect::<Result<Vec<_>, ActionError>>()
        })?;
        ctx.confirm(&lines, &format!("Revoke {}", count(lines.len(), "grant")))?;
    }
    let (items, outcome) = ctx.change(|change| {
        let mut items = Vec::new();
        for mut grant in find(change.read(), change.now())? {
            let changed = grants::revoke(change, &mut grant)?;
            items.push((grant, changed));
        }
        Ok(items)
    })?;
    let revoked =
        if ctx.globals.dry_run { "would be revoked" } else { "revoked; its tokens are refused as of now" };
    for (grant, changed) in items.iter().take(20) {
        let word = if *changed { revoked } else { "revoked already" };
        ctx.out.note(&format!("grant {} ({}/{}): {word}.", grant.id, grant.username, grant.client_name));
    }
    if items.len() > 20 {
        ctx.out.note(&format!("… {} grants in all.", items.len()));
    }
    report(
        ctx,
        "grant.revoke",
        outcome,
        items.iter().map(|(grant, changed)| (GrantView::of(grant), *changed)).collect(),
    )?;
    ctx.tell_equivalent();
    Ok(())
}

fn line(grant: &Grant, tokens: i64, now: Timestamp) -> String {
    if grant.state() == State::Revoked {
        return format!("  {} {}/{}: revoked already", grant.id, grant.username, grant.client_name);
    }
    let tokens = count_up_to(tokens, Impact::CAP, "live token");
    let used = grant
        .last_used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("last used {}", relative(at, now)));
    format!("  {} {}/{}: {}, {tokens}, {used}", grant.id, grant.username, grant.client_name, grant.scopes)
}
