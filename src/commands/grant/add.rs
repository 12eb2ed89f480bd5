use clap::Args;

use crate::actions::{ChangeOutcome, grants};
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::domain::scope::{Scope, ScopeSet};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::grant::GrantView;

/// Record that a user authorizes a consumer
///
/// Users normally give grants themselves on the consent page; this command records it on their behalf. If a grant of
/// the same user to the same consumer is active, the scopes are added to it. The consumer must use
/// authorization_code and have the scopes. No token is issued.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the user is disabled, or the consumer lacks a scope or is not for users")],
    &["apiconn grant add tech1 field-app --scope assets.read"],
))]
pub struct GrantAddArgs {
    /// User who authorizes: id, unique id prefix, or name
    #[arg(value_name = "USER", add = completion::users(completion::States::Active))]
    user: String,
    /// Consumer that is authorized: id, unique id prefix, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    consumer: String,
    /// Scope to grant; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", required = true, add = completion::declared_scopes())]
    scopes: Vec<Scope>,
}

/// Runs `apiconn grant add` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GrantAddArgs) -> Result<(), Failure> {
    check_format::<GrantView>(ctx)?;
    let user = Handle::parse(Noun::User, &args.user)?;
    let consumer = Handle::parse(Noun::Consumer, &args.consumer)?;
    let scopes: ScopeSet = args.scopes.iter().cloned().collect();
    let (grant, outcome) = ctx.change(|change| grants::add(change, &user, &consumer, &scopes))?;
    let state = match outcome {
        ChangeOutcome::Unchanged => "is already active",
        ChangeOutcome::Changed => "is active",
        ChangeOutcome::WouldChange => "would be active",
    };
    ctx.out.note(&format!(
        "grant {} ({}/{}) {state} for {}.",
        grant.id, grant.username, grant.client_name, grant.scopes
    ));
    print_change(ctx, "grant.add", outcome, GrantView::of(&grant))
}
