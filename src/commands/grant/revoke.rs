use clap::Args;

use crate::actions::{ActionError, Change, grants, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::commands::shared::bulk::{BulkAction, BulkRequest};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::domain::State;
use crate::domain::grant::Grant;
use crate::domain::handle::{Handle, Noun};
use crate::domain::time::Timestamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::relative_time::relative_time;
use crate::render::view::grant::GrantView;
use crate::render::words::count_up_to;
use crate::store::ReadTx;
use crate::store::clients::Impact;

use crate::commands::grant::filter::{GrantFilterArgs, GrantHandles};

/// Revoke grants permanently, with all their tokens
///
/// From the next request the access and refresh tokens issued under the grant are refused. This cannot be undone;
/// the user can authorize the consumer again, which makes a new grant. The command asks for confirmation and
/// changes all selected grants in one transaction, or none.
///
/// The user is not signed out and the consumer is not changed.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the question was answered with no")],
    &[
        "apiconn grant revoke tech1/field-app --reason \"left the company\" --yes",
        "apiconn grant revoke --user tech1 --yes",
    ],
))]
pub struct GrantRevokeArgs {
    /// Id, unique id prefix, or USER/CONSUMER; - reads one per line from standard input
    #[arg(value_name = "GRANT", add = completion::grants(completion::States::Active))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: GrantFilterArgs,
    /// Select every active grant
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn grant revoke` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GrantRevokeArgs) -> Result<(), Failure> {
    let request = BulkRequest {
        schema: "grant.revoke",
        noun: Noun::Grant,
        verb: "revoke",
        handles: &args.handles,
        select_all: args.all || !args.filter.is_empty(),
        asks: true,
    };
    bulk::run(ctx, &request, &RevokeGrants { filter: &args.filter, handles: args.filter.handles()? })
}

struct RevokeGrants<'a> {
    filter: &'a GrantFilterArgs,
    handles: GrantHandles,
}

impl BulkAction for RevokeGrants<'_> {
    type Object = Grant;
    type View = GrantView;

    fn resolve(&self, read: &dyn ReadTx, handle: &Handle) -> Result<Grant, ActionError> {
        resolve::grant(read, handle)
    }

    fn select_all(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<Grant>, ActionError> {
        grants::all_matching(read, &self.filter.filter(&self.handles, read, now)?)
    }

    fn id(grant: &Grant) -> &str {
        grant.id.as_str()
    }

    fn is_already_done(&self, grant: &Grant, _: Timestamp) -> bool {
        grant.state() == State::Revoked
    }

    fn impact_line(&self, read: &dyn ReadTx, grant: &Grant, now: Timestamp) -> Result<String, ActionError> {
        if grant.state() == State::Revoked {
            return Ok(format!("  grant {}: already revoked", self.label(grant)));
        }
        let tokens = count_up_to(read.grant_tokens(&grant.id, now)?, Impact::CAP, "live token");
        let used = grant
            .last_used_at
            .map_or_else(|| "never used".to_owned(), |at| format!("last used {}", relative_time(at, now)));
        Ok(format!("  grant {}: {}, {tokens}, {used}", self.label(grant), grant.scopes))
    }

    fn apply(&self, change: &mut Change<'_>, grant: &mut Grant) -> Result<bool, ActionError> {
        grants::revoke(change, grant)
    }

    fn label(&self, grant: &Grant) -> String {
        format!("{}/{} ({})", grant.username, grant.client_name, grant.id)
    }

    fn outcome_phrase(&self, _: &Grant, _: Timestamp) -> String {
        "revoked, with its tokens".to_owned()
    }

    fn view(&self, grant: &Grant, _: Timestamp) -> GrantView {
        GrantView::of(grant)
    }
}
