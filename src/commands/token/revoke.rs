use clap::Args;

use crate::actions::{ActionError, Change, oauth, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::bulk;
use crate::commands::shared::bulk::{BulkAction, BulkRequest};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::domain::time::Timestamp;
use crate::domain::token::TokenRecord;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::token::TokenView;
use crate::store::ReadTx;

use crate::commands::token::filter::{TokenFilterArgs, TokenHandles};

/// Revoke tokens permanently, one by one
///
/// From the next request the selected tokens are refused. Their key, consumer or grant is not changed and can
/// obtain new tokens. To end all tokens of a key, consumer or grant at once, revoke or disable it instead. The
/// command asks for confirmation and changes all selected tokens in one transaction, or none.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Refused, "the question was answered with no")],
    &["apiconn token revoke tok_7Hq2mZ0xPa4T --yes", "apiconn token revoke --key erp-sync --yes"],
))]
pub struct TokenRevokeArgs {
    /// Id or unique id prefix; - reads one per line from standard input
    #[arg(value_name = "TOKEN", add = completion::tokens())]
    handles: Vec<String>,
    #[command(flatten)]
    filter: TokenFilterArgs,
    /// Select every active token
    #[arg(long)]
    all: bool,
}

/// Runs `apiconn token revoke` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &TokenRevokeArgs) -> Result<(), Failure> {
    let request = BulkRequest {
        schema: "token.revoke",
        noun: Noun::Token,
        verb: "revoke",
        handles: &args.handles,
        select_all: args.all || !args.filter.is_empty(),
        asks: true,
    };
    bulk::run(ctx, &request, &RevokeTokens { filter: &args.filter, handles: args.filter.handles()? })
}

struct RevokeTokens<'a> {
    filter: &'a TokenFilterArgs,
    handles: TokenHandles,
}

impl BulkAction for RevokeTokens<'_> {
    type Object = TokenRecord;
    type View = TokenView;

    fn resolve(&self, read: &dyn ReadTx, handle: &Handle) -> Result<TokenRecord, ActionError> {
        resolve::token(read, handle)
    }

    fn select_all(&self, read: &dyn ReadTx, now: Timestamp) -> Result<Vec<TokenRecord>, ActionError> {
        oauth::revoke::all_matching(read, &self.filter.filter(&self.handles, read, now)?, now)
    }

    fn id(record: &TokenRecord) -> &str {
        record.token.id.as_str()
    }

    fn is_already_done(&self, record: &TokenRecord, _: Timestamp) -> bool {
        record.token.revoked_at.is_some()
    }

    fn impact_line(
        &self,
        _: &dyn ReadTx,
        record: &TokenRecord,
        now: Timestamp,
    ) -> Result<String, ActionError> {
        Ok(format!("  token {}: {}, {}", self.label(record), record.scopes(), record.state(now).as_str()))
    }

    fn apply(&self, change: &mut Change<'_>, record: &mut TokenRecord) -> Result<bool, ActionError> {
        oauth::revoke::revoke_token(change, record)
    }

    fn label(&self, record: &TokenRecord) -> String {
        format!("{} of {}", record.token.id, record.client.name)
    }

    fn outcome_phrase(&self, _: &TokenRecord, _: Timestamp) -> String {
        "revoked".to_owned()
    }

    fn view(&self, record: &TokenRecord, now: Timestamp) -> TokenView {
        TokenView::of(record, now)
    }
}
