//! What all lists share: pages, streaming, findings.

use clap::Args;

use crate::actions::ActionError;
use crate::domain::State;
use crate::domain::page::{Cursor, Page, PageRequest, StateFilter};
use crate::domain::time::Timestamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::View;
use crate::render::{Format, words};
use crate::store::ReadTx;

use crate::commands::context::Ctx;

/// How many objects one read takes while everything is streamed.
const BATCH: usize = 500;

/// Which part of a list.
#[derive(Args, Clone, Debug)]
pub(crate) struct PageArgs {
    /// Print at most N objects
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Continue after the previous page, with its next_cursor
    #[arg(long, value_name = "CURSOR")]
    pub cursor: Option<String>,
    /// Print all pages, without a limit
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// Exit with 7 if the list is not empty
    #[arg(long)]
    pub fail_if_any: bool,
}

/// Reads `--state` of a noun that has only some of the states: for the others, nothing would be a wrong answer.
pub(crate) fn state_among(
    noun: &'static str,
    states: [State; 2],
) -> impl Fn(&str) -> Result<StateFilter, String> + Clone + Send + Sync {
    move |text| match text.parse() {
        Ok(StateFilter::Only(state)) if states.contains(&state) => Ok(StateFilter::Only(state)),
        Ok(StateFilter::All) => Ok(StateFilter::All),
        _ => Err(format!("the state of a {noun} is {}, {} or all", states[0].as_str(), states[1].as_str())),
    }
}

/// Reads the pattern of `--match`. Names are short, and a pattern that is much longer is a slip.
pub(crate) fn pattern(text: &str) -> Result<String, String> {
    const LONGEST: usize = 200;
    if text.chars().count() > LONGEST {
        return Err(format!("a pattern has at most {LONGEST} characters"));
    }
    Ok(text.to_owned())
}

/// Runs a list: one short snapshot for each page, so that a slow reader of the output holds nothing up.
///
/// # Errors
/// Fails where the store cannot be read; exits with 7 for `--fail-if-any`.
pub(crate) fn run<V: View, T>(
    ctx: &mut Ctx<'_>,
    schema: &str,
    args: &PageArgs,
    mut page: impl FnMut(&dyn ReadTx, &PageRequest, Timestamp) -> Result<Page<T>, ActionError>,
    view: impl Fn(&T, Timestamp) -> V,
) -> Result<(), Failure> {
    check_format::<V>(ctx)?;
    let limit = if args.all { BATCH } else { usize::try_from(args.limit).unwrap_or(BATCH) };
    let mut request = PageRequest { after: args.cursor.clone().map(Cursor), limit };
    // The first page is read before anything is printed, so that an error leaves standard output empty.
    let mut current = ctx.read(|read, now| page(read, &request, now))?;
    let mut list = ctx.out.begin_list::<V>(schema).map_err(|error| Failure::output(&error))?;
    let next = loop {
        let now = ctx.now();
        for object in &current.items {
            list.push(&mut ctx.out, &view(object, now)).map_err(|error| Failure::output(&error))?;
        }
        match current.next {
            Some(next) if args.all => {
                list.end_page(&mut ctx.out).map_err(|error| Failure::output(&error))?;
                request.after = Some(next);
                current = ctx.read(|read, now| page(read, &request, now))?;
            }
            next => break next,
        }
    };
    let count = list.count();
    list.end(&mut ctx.out, next.as_ref().map(|cursor| cursor.0.as_str()))
        .map_err(|error| Failure::output(&error))?;
    if ctx.out.format == Format::Table && count == 0 {
        ctx.out.note(&format!("No {}s to show.", V::NOUN));
    }
    if let Some(next) = next
        && matches!(ctx.out.format, Format::Table | Format::Tsv)
    {
        ctx.out.note(&format!("There are more: --cursor {}, or --all.", next.0));
    }
    if args.fail_if_any && count > 0 {
        return Err(Failure::new(
            Exit::Findings,
            "findings",
            format!("the list is not empty: {}", words::count(count, V::NOUN)),
        ));
    }
    Ok(())
}

/// Refuses, before anything is done, an output that the command does not have.
///
/// # Errors
/// Names the field that the view lacks, or `-o env`, which is for credentials.
pub(crate) fn check_format<V: View>(ctx: &Ctx<'_>) -> Result<(), Failure> {
    if ctx.out.format == Format::Env {
        return Err(Failure::usage("-o env is for commands that hand over credentials")
            .hint("those are key create, consumer add and rotate; here -o json or -o id serves scripts"));
    }
    check_fields::<V>(ctx)
}

/// Refuses, before anything is done, fields that the view does not have.
///
/// # Errors
/// Names the field.
pub(crate) fn check_fields<V: View>(ctx: &Ctx<'_>) -> Result<(), Failure> {
    ctx.out.check_fields::<V>().map_err(Failure::usage)
}

/// The same for a command that hands over a secret. Where that is a line of fixed shape, a choice of fields would be
/// ignored, and so it is refused.
///
/// # Errors
/// Names the field that the view lacks, or the output that has no fields to choose.
pub(crate) fn check_handover<V: View>(ctx: &Ctx<'_>) -> Result<(), Failure> {
    check_fields::<V>(ctx)?;
    let fixed = match ctx.out.format {
        Format::Tsv => "tsv",
        Format::Csv => "csv",
        Format::Env => "env",
        Format::Table | Format::Json | Format::Jsonl | Format::Id => return Ok(()),
    };
    if ctx.out.fields.is_none() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--fields has nothing to choose from: here -o {fixed} is the id and the secret"
    ))
    .hint("use -o json with --fields; nothing was changed"))
}
