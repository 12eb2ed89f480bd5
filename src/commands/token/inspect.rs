use clap::Args;

use crate::actions::{ActionError, select, tokens};
use crate::commands::ctx::Ctx;
use crate::commands::lists::check_format;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::failure::Failure;
use crate::render::view::token::TokenView;

/// Say what a token is, whether it is accepted, and if not, why
///
/// A token in clear is read from standard input, or at a terminal from a hidden prompt; never from the command line.
///
/// Examples:
///   apiconn token inspect tok_7Hq2mZ0xPa4T
///   apiconn token inspect - <token.txt
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct InspectArgs {
    /// By id or the unique beginning of one; - reads the token itself from standard input
    #[arg(value_name = "TOKEN", add = completion::tokens())]
    handle: String,
}

pub(super) fn run(ctx: &mut Ctx<'_>, args: &InspectArgs) -> Result<(), Failure> {
    check_format::<TokenView>(ctx)?;
    let view = if args.handle == "-" {
        let plain = ctx.read_secret("Token")?;
        ctx.read(|read, now| {
            let held = tokens::by_plain(read, &plain)?;
            let missing = || ActionError::NotFound {
                noun: "token",
                handle: "that was read".to_owned(),
                near: Vec::new(),
            };
            Ok(TokenView::of(&held.ok_or_else(missing)?, now))
        })?
    } else {
        let handle = Handle::parse(Noun::Token, &args.handle)?;
        ctx.read(|read, now| Ok(TokenView::of(&select::token(read, &handle)?, now)))?
    };
    ctx.out.show("token.inspect", &view).map_err(|error| Failure::output(&error))
}
