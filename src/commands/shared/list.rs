//! Lists: pages, filters, and the exit code for findings.

use clap::Args;

use crate::actions::ActionError;
use crate::commands::context::Ctx;
use crate::commands::shared::output::check_format;
use crate::domain::State;
use crate::domain::page::{Cursor, Page, PageRequest, StateFilter};
use crate::domain::time::Timestamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::View;
use crate::render::{Format, words};
use crate::store::ReadTx;

/// The number of objects that one snapshot reads with `--all`.
const BATCH: usize = 500;

/// The part of a list to print.
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

impl PageArgs {
    /// The whole of a list that is read at once.
    pub(crate) const WHOLE: Self = Self { limit: 1, cursor: None, all: true, fail_if_any: false };
}

/// Returns a parser of `--state` for a noun that has two of the states. The others are refused, because an empty list
/// would be a misleading answer.
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

/// Parses the pattern of `--match`. Names have at most 64 characters, so a much longer pattern is a mistake.
pub(crate) fn pattern(text: &str) -> Result<String, String> {
    const MAX_LENGTH: usize = 200;
    if text.chars().count() > MAX_LENGTH {
        return Err(format!("a pattern has at most {MAX_LENGTH} characters"));
    }
    Ok(text.to_owned())
}

/// Prints a list. Each page is read in a snapshot of its own, so that slow output keeps no snapshot open.
///
/// # Errors
/// [`Failure`] if the store cannot be read or standard output cannot be written, and with [`Exit::Findings`] for
/// `--fail-if-any`.
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
        ctx.out.note(&format!("To continue the list: --cursor {}; to print all of it: --all", next.0));
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
