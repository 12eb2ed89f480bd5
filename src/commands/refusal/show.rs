use clap::Args;

use crate::actions::{ActionError, refusals};
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::completion;
use crate::domain::id::RequestId;
use crate::domain::name::shorten;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::refusal::RefusalView;

/// Show why a request was refused, and which command fixes it
///
/// Takes the request id from the response: the header Request-Id, or the id in the error description. Equal refusals of one
/// minute share a row, which counts them and keeps the ids of the first and the last ten requests. The newest 8,000 refusals of
/// clients are kept, at most 500 of one client, and 2,000 of requests that name no client that exists. What a refusal says
/// about the request was sent by the caller and is not verified: decide whether the caller should have access before you run
/// the suggested command.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::NotFound, "no refusal of that request is kept")],
    &[
        "apiconn refusal show req_7Hq2mZ0xPa4T",
        "apiconn refusal show req_7Hq2mZ0xPa4T -o json --fields suggested_command",
    ],
))]
pub struct RefusalShowArgs {
    /// Request id of the error response, with or without req_
    #[arg(value_name = "REQUEST_ID", add = completion::refusals())]
    request: String,
}

/// Runs `apiconn refusal show` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &RefusalShowArgs) -> Result<(), Failure> {
    check_format::<RefusalView>(ctx)?;
    let request = request_id(&args.request)?;
    let stored = ctx
        .read(|read, _| match refusals::by_request(read, &request) {
            Err(ActionError::NotFound { .. }) => Ok(None),
            result => result.map(Some),
        })?
        .ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                "not_found",
                format!("no refusal of the request {request} is stored"),
            )
            .hint("equal refusals share one with a count, and the oldest are deleted; apiconn refusal list shows the newest")
        })?;
    if stored.request != request {
        ctx.out.note(&format!("{request} is one of {} equal requests of this refusal", stored.count));
    }
    ctx.out.show("refusal.show", &RefusalView::of(&stored)).map_err(|error| Failure::output(&error))
}

/// Reads a request id, with or without its prefix.
fn request_id(text: &str) -> Result<RequestId, Failure> {
    let parsed = text.parse().or_else(|_| format!("{}{text}", RequestId::PREFIX).parse());
    parsed.map_err(|_| {
        Failure::usage(format!(
            "\"{}\" is not a request id, which is req_ and 12 letters and digits",
            shorten(text)
        ))
        .hint("copy it from the error response or from the log of the service; apiconn refusal list shows the newest")
    })
}
