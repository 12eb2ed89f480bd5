use clap::Args;

use crate::actions::{oauth, resolve};
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::completion;
use crate::credentials::format::{CredentialKind, recognise};
use crate::domain::handle::{Handle, Noun};
use crate::domain::secret_text::SecretText;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::token::TokenView;

/// Show whose token it is, and whether it is accepted
///
/// Takes the id of a token, or with - the token itself, read from standard input or at a terminal from a hidden
/// prompt; never from the command line. A mistyped token is detected by its checksum, without opening the store.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::NotFound, "no token of this store has the id or the value"),
        (Exit::Refused, "standard input does not hold a whole token"),
    ],
    &["apiconn token inspect tok_7Hq2mZ0xPa4T", "apiconn token inspect - <token.txt"],
))]
pub struct TokenInspectArgs {
    /// Id or unique id prefix; - reads the token itself from standard input
    #[arg(value_name = "TOKEN", add = completion::tokens())]
    handle: String,
}

/// Runs `apiconn token inspect` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &TokenInspectArgs) -> Result<(), Failure> {
    check_format::<TokenView>(ctx)?;
    let view = if args.handle == "-" {
        let plain = ctx.read_secret("Token")?;
        check_form(&plain)?;
        ctx.read(|read, now| {
            let record = oauth::revoke::find_token(read, &plain)?;
            Ok(record.map(|record| TokenView::of(&record, now)))
        })?
        .ok_or_else(|| {
            Failure::new(Exit::NotFound, "not_found", "no token of this store has the value that was read")
                .hint("it may belong to another store: check --store and APICONN_STORE")
        })?
    } else {
        let handle = Handle::parse(Noun::Token, &args.handle)?;
        ctx.read(|read, now| Ok(TokenView::of(&resolve::token(read, &handle)?, now)))?
    };
    ctx.out.show("token.inspect", &view).map_err(|error| Failure::output(&error))
}

/// Refuses text that cannot be a token, before the store is opened.
fn check_form(plain: &SecretText) -> Result<(), Failure> {
    match recognise(plain) {
        Ok(CredentialKind::AccessToken | CredentialKind::RefreshToken) => Ok(()),
        Ok(CredentialKind::ClientSecret) => {
            Err(Failure::refused("this is the secret of a key or consumer, not a token")
                .hint("to check a secret: apiconn key verify -"))
        }
        Ok(CredentialKind::AuthorizationCode) => {
            Err(Failure::refused("this is an authorization code, not a token")
                .hint("a code can be exchanged once, by the consumer it was issued to, within 60 seconds"))
        }
        Err(error) => Err(Failure::refused(format!("the token is refused: {error}"))
            .hint("paste the whole token; to list active tokens: apiconn token list")),
    }
}
