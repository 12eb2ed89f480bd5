use clap::Args;

use crate::actions::{ActionError, oauth, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::credentials::format::{CredentialKind, recognise};
use crate::domain::handle::{Handle, Noun};
use crate::domain::secret_text::SecretText;
use crate::failure::Failure;
use crate::render::view::token::TokenView;

/// Say what a token is, whether it is accepted, and if not, why
///
/// A token in clear is read from standard input, or at a terminal from a hidden prompt; never from the command line. What
/// cannot be one, such as a mistyped one, exits with 5 and is seen without opening the store.
///
/// Examples:
///   apiconn token inspect tok_7Hq2mZ0xPa4T
///   apiconn token inspect - <token.txt
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct TokenInspectArgs {
    /// By id or the unique beginning of one; - reads the token itself from standard input
    #[arg(value_name = "TOKEN", add = completion::tokens())]
    handle: String,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &TokenInspectArgs) -> Result<(), Failure> {
    check_format::<TokenView>(ctx)?;
    let view = if args.handle == "-" {
        let plain = ctx.read_secret("Token")?;
        check_form(&plain)?;
        ctx.read(|read, now| {
            let held = oauth::revoke::find_token(read, &plain)?;
            let missing = || ActionError::NotFound {
                noun: "token",
                handle: "that was read".to_owned(),
                near: Vec::new(),
            };
            Ok(TokenView::of(&held.ok_or_else(missing)?, now))
        })?
    } else {
        let handle = Handle::parse(Noun::Token, &args.handle)?;
        ctx.read(|read, now| Ok(TokenView::of(&resolve::token(read, &handle)?, now)))?
    };
    ctx.out.show("token.inspect", &view).map_err(|error| Failure::output(&error))
}

/// Refuses, before the store is opened, what by its form alone is no token.
fn check_form(plain: &SecretText) -> Result<(), Failure> {
    match recognise(plain) {
        Ok(CredentialKind::AccessToken | CredentialKind::RefreshToken) => Ok(()),
        Ok(CredentialKind::ClientSecret(_)) => {
            Err(Failure::refused("this is the secret of a key or consumer, not a token")
                .hint("apiconn key verify - tells about secrets"))
        }
        Ok(CredentialKind::AuthorizationCode) => {
            Err(Failure::refused("this is an authorization code, not a token")
                .hint("a code is worth something once, to the consumer that it was made for"))
        }
        Err(error) => Err(Failure::refused(format!("the token is refused: {error}"))
            .hint("paste it whole; apiconn token list shows those in force")),
    }
}
