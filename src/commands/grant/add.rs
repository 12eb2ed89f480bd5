use clap::Args;

use crate::actions::{ChangeOutcome, grants};
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::domain::scope::{Scope, ScopeSet};
use crate::failure::Failure;
use crate::render::view::grant::GrantView;

/// Record an authorization on a user's behalf, or widen the one in force
///
/// Examples:
///   apiconn grant add tech1 field-app --scope assets.read
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GrantAddArgs {
    /// Who authorizes, by id, the unique beginning of one, or name
    #[arg(value_name = "USER", add = completion::users(completion::States::Active))]
    user: String,
    /// Who is authorized, by id, the unique beginning of one, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    consumer: String,
    /// What is allowed; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", required = true, add = completion::scopes())]
    scopes: Vec<Scope>,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GrantAddArgs) -> Result<(), Failure> {
    check_format::<GrantView>(ctx)?;
    let user = Handle::parse(Noun::User, &args.user)?;
    let consumer = Handle::parse(Noun::Consumer, &args.consumer)?;
    let scopes: ScopeSet = args.scopes.iter().cloned().collect();
    let (grant, outcome) = ctx.change(|change| grants::add(change, &user, &consumer, &scopes))?;
    let word = match outcome {
        ChangeOutcome::Unchanged => "is in force already",
        ChangeOutcome::Changed => "is in force",
        ChangeOutcome::WouldChange => "would be in force",
    };
    ctx.out.note(&format!(
        "grant {} ({}/{}) {word} for {}.",
        grant.id, grant.username, grant.client_name, grant.scopes
    ));
    single(ctx, "grant.add", outcome, GrantView::of(&grant))
}
