use clap::Args;

use crate::actions::{ActionError, Change, oauth, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::domain::time::Timestamp;
use crate::domain::token::TokenRecord;
use crate::failure::Failure;
use crate::render::view::token::TokenView;
use crate::store::ReadTx;

use crate::commands::token::{Ends, FilterArgs};

/// End tokens one by one; to end all tokens of a key, consumer or grant, revoke or disable that
///
/// Examples:
///   apiconn token revoke tok_7Hq2mZ0xPa4T --yes
///   apiconn token revoke --key erp-sync --yes
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct TokenRevokeArgs {
    /// By id or the unique beginning of one; - reads ids from standard input, one a line
    #[arg(value_name = "TOKEN", add = completion::tokens())]
    handles: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All there are
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &TokenRevokeArgs) -> Result<(), Failure> {
    let request = bulk::Request {
        schema: "token.revoke",
        noun: Noun::Token,
        verb: "revoke",
        handles: &args.handles,
        chosen: args.all || !args.filter.is_empty(),
        asks: true,
    };
    bulk::run(ctx, &request, &RevokeTokens { filter: &args.filter, ends: args.filter.ends()? })
}

struct RevokeTokens<'a> {
    filter: &'a FilterArgs,
    ends: Ends,
}

impl bulk::Verb for RevokeTokens<'_> {
    type Object = TokenRecord;
    type View = TokenView;

    fn find(&self, read: &dyn ReadTx, handle: &Handle) -> Result<TokenRecord, ActionError> {
        resolve::token(read, handle)
    }

    fn choose(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<TokenRecord>, ActionError> {
        oauth::revoke::all_matching(read, &self.filter.filter(&self.ends, read, now)?, now)
    }

    fn id(held: &TokenRecord) -> &str {
        held.token.id.as_str()
    }

    fn is_done(&self, held: &TokenRecord, _: Timestamp) -> bool {
        held.token.revoked_at.is_some()
    }

    fn consequence(&self, _: &dyn ReadTx, held: &TokenRecord, now: Timestamp) -> Result<String, ActionError> {
        Ok(format!("  token {}: {}, {}", self.label(held), held.scopes(), held.state(now).as_str()))
    }

    fn act(&self, change: &mut Change<'_>, held: &mut TokenRecord) -> Result<bool, ActionError> {
        oauth::revoke::revoke_token(change, held)
    }

    fn label(&self, held: &TokenRecord) -> String {
        format!("{} of {}", held.token.id, held.client.name)
    }

    fn result(&self, _: &TokenRecord, _: Timestamp) -> String {
        "revoked".to_owned()
    }

    fn view(&self, held: &TokenRecord, now: Timestamp) -> TokenView {
        TokenView::of(held, now)
    }
}
