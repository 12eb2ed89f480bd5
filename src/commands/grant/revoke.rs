use clap::Args;

use crate::actions::{ActionError, Change, grants, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::completion;
use crate::domain::State;
use crate::domain::grant::Grant;
use crate::domain::handle::{Handle, Noun};
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::render::relative_time::relative_time;
use crate::render::view::grant::GrantView;
use crate::render::words::count_up_to;
use crate::store::ReadTx;
use crate::store::clients::Impact;

use crate::commands::grant::{Ends, FilterArgs};

/// End grants for good, with every token that rests on them; effective at once
///
/// Examples:
///   apiconn grant revoke tech1/field-app --reason "left the company"
///   apiconn grant revoke --user tech1 --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct GrantRevokeArgs {
    /// By id, the unique beginning of one, or USER/CONSUMER; - reads them from standard input, one a line
    #[arg(value_name = "GRANT", add = completion::grants(completion::States::Active))]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GrantRevokeArgs) -> Result<(), Failure> {
    let request = bulk::Request {
        schema: "grant.revoke",
        noun: Noun::Grant,
        verb: "revoke",
        handles: &args.handles,
        chosen: args.all || !args.filter.is_empty(),
        asks: true,
    };
    bulk::run(ctx, &request, &RevokeGrants { filter: &args.filter, ends: args.filter.ends()? })
}

struct RevokeGrants<'a> {
    filter: &'a FilterArgs,
    ends: Ends,
}

impl bulk::Verb for RevokeGrants<'_> {
    type Object = Grant;
    type View = GrantView;

    fn find(&self, read: &dyn ReadTx, handle: &Handle) -> Result<Grant, ActionError> {
        resolve::grant(read, handle)
    }

    fn choose(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<Grant>, ActionError> {
        grants::all_matching(read, &self.filter.filter(&self.ends, read, now)?)
    }

    fn id(grant: &Grant) -> &str {
        grant.id.as_str()
    }

    fn is_done(&self, grant: &Grant, _: Timestamp) -> bool {
        grant.state() == State::Revoked
    }

    fn consequence(&self, read: &dyn ReadTx, grant: &Grant, now: Timestamp) -> Result<String, ActionError> {
        if grant.state() == State::Revoked {
            return Ok(format!("  grant {}: revoked already", self.label(grant)));
        }
        let tokens = count_up_to(read.grant_tokens(&grant.id, now)?, Impact::CAP, "live token");
        let used = grant
            .last_used_at
            .map_or_else(|| "never used".to_owned(), |at| format!("last used {}", relative_time(at, now)));
        Ok(format!("  grant {}: {}, {tokens}, {used}", self.label(grant), grant.scopes))
    }

    fn act(&self, change: &mut Change<'_>, grant: &mut Grant) -> Result<bool, ActionError> {
        grants::revoke(change, grant)
    }

    fn label(&self, grant: &Grant) -> String {
        format!("{}/{} ({})", grant.username, grant.client_name, grant.id)
    }

    fn result(&self, _: &Grant, _: Timestamp) -> String {
        "revoked, and its tokens are refused".to_owned()
    }

    fn view(&self, grant: &Grant, _: Timestamp) -> GrantView {
        GrantView::of(grant)
    }
}
