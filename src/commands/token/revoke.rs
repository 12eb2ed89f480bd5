use clap::Args;

use crate::actions::{ActionError, select, tokens};
use crate::commands::client::report;
use crate::commands::ctx::Ctx;
use crate::commands::lists::check_format;
use crate::completion;
use crate::domain::handle::Noun;
use crate::domain::time::Timestamp;
use crate::domain::token::HeldToken;
use crate::failure::Failure;
use crate::render::view::token::TokenView;
use crate::render::words::count;
use crate::store::ReadTx;

use super::FilterArgs;

/// End tokens one by one; to end all tokens of a key, consumer or grant, revoke or disable that
///
/// Examples:
///   apiconn token revoke tok_7Hq2mZ0xPa4T --yes
///   apiconn token revoke --key erp-sync --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct RevokeArgs {
    /// By id or the unique beginning of one; - reads ids from standard input, one a line
    #[arg(value_name = "TOKEN", add = completion::tokens())]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(super) fn run(ctx: &mut Ctx<'_>, args: &RevokeArgs) -> Result<(), Failure> {
    check_format::<TokenView>(ctx)?;
    if args.handles.is_empty() && args.filter.is_empty() && !args.all {
        return Err(Failure::usage("apiconn token revoke needs a token, a filter, or --all")
            .hint("apiconn token list shows what there is"));
    }
    if !args.handles.is_empty() && (args.all || !args.filter.is_empty()) {
        return Err(Failure::usage("name handles, or choose by a filter or --all, not both"));
    }
    ctx.require_answer("token revoke")?;
    let handles = ctx.handles(Noun::Token, &args.handles)?;
    let ends = args.filter.ends()?;
    let find = |read: &dyn ReadTx, now: Timestamp| -> Result<Vec<HeldToken>, ActionError> {
        if args.handles.is_empty() {
            tokens::all_matching(read, &args.filter.filter(&ends, read, now)?, now)
        } else {
            select::each(
                &handles,
                |left: &HeldToken, right: &HeldToken| left.token.id == right.token.id,
                |handle| select::token(read, handle),
            )
        }
    };
    if ctx.can_ask() && !ctx.globals.yes && !ctx.globals.dry_run {
        let lines = ctx.read(|read, now| {
            let line = |held: &HeldToken| {
                format!(
                    "  {} of {}: {}, {}",
                    held.token.id,
                    held.client.name,
                    held.scopes(),
                    held.state(now).as_str()
                )
            };
            Ok(find(read, now)?.iter().map(line).collect::<Vec<_>>())
        })?;
        ctx.confirm(&lines, &format!("Revoke {}", count(lines.len(), "token")))?;
    }
    let ((items, now), outcome) = ctx.change(|change| {
        let mut items = Vec::new();
        for mut held in find(change.read(), change.now())? {
            let changed = tokens::revoke(change, &mut held)?;
            items.push((held, changed));
        }
        Ok((items, change.now()))
    })?;
    let revoked = if ctx.globals.dry_run { "would be revoked" } else { "revoked" };
    for (held, changed) in items.iter().take(20) {
        let word = if *changed { revoked } else { "revoked already" };
        ctx.out.note(&format!("token {} of {}: {word}.", held.token.id, held.client.name));
    }
    if items.len() > 20 {
        ctx.out.note(&format!("… {} tokens in all.", items.len()));
    }
    report(
        ctx,
        "token.revoke",
        outcome,
        items.iter().map(|(held, changed)| (TokenView::of(held, now), *changed)).collect(),
    )?;
    ctx.tell_equivalent();
    Ok(())
}
