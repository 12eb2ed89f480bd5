use clap::Args;

use crate::actions::{ActionError, refusals};
use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::id::RequestId;
use crate::domain::name::shorten;
use crate::domain::refusal::KEPT;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::Format;
use crate::render::view::refusal::RefusalView;

/// Say why the service refused requests, newest first, and which command mends one
///
/// A client is told little; the id of the request in its error response leads here. Of one request, everything is shown.
/// The last 10,000 refusals are kept. What they say of a request is what was sent, by whoever sent it: look before you
/// mend.
///
/// Examples:
///   apiconn token refusals --last 50
///   apiconn token refusals req_7Hq2mZ0xPa4T
///   apiconn token refusals -o json --fields request_id,check,mend
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct RefusalsArgs {
    /// Of this request: the request_id of its error response, with or without req_
    #[arg(value_name = "REQUEST_ID", add = completion::refusals())]
    request: Option<String>,
    /// So many, at most 1000
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "request",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    last: u16,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &RefusalsArgs) -> Result<(), Failure> {
    check_format::<RefusalView>(ctx)?;
    match &args.request {
        Some(text) => show(ctx, &request_id(text)?),
        None => list(ctx, usize::from(args.last)),
    }
}

fn request_id(text: &str) -> Result<RequestId, Failure> {
    let whole = text.parse().or_else(|_| format!("{}{text}", RequestId::PREFIX).parse());
    whole.map_err(|_| {
        Failure::usage(format!("\"{}\" is no request id: that is req_ and 12 letters and digits", shorten(text)))
            .hint("copy it from the error response, or from the log of the service; without one, the newest are shown")
    })
}

fn show(ctx: &mut Ctx<'_>, request: &RequestId) -> Result<(), Failure> {
    let told = ctx
        .read(|read, _| match refusals::by_request(read, request) {
            Err(ActionError::NotFound { .. }) => Ok(None),
            found => found.map(Some),
        })?
        .ok_or_else(|| {
            Failure::new(Exit::NotFound, "not_found", format!("no refusal of the request {request} is kept"))
                .hint(format!(
                    "the last {KEPT} refusals are kept and the oldest go; apiconn token refusals shows the newest"
                ))
        })?;
    ctx.out.show("token.refusal", &RefusalView::of(&told)).map_err(|error| Failure::output(&error))
}

fn list(ctx: &mut Ctx<'_>, count: usize) -> Result<(), Failure> {
    let all = ctx.read(|read, _| Ok(refusals::last(read, count)?))?;
    let write = |ctx: &mut Ctx<'_>| {
        let mut list = ctx.out.begin_list::<RefusalView>("token.refusals")?;
        all.iter().try_for_each(|told| list.push(&mut ctx.out, &RefusalView::of(told)))?;
        list.end(&mut ctx.out, None)
    };
    write(ctx).map_err(|error| Failure::output(&error))?;
    if ctx.out.format == Format::Table {
        ctx.out.note(if all.is_empty() {
            "No refusals to show."
        } else {
            "What mends one: apiconn token refusals REQUEST_ID"
        });
    }
    Ok(())
}
