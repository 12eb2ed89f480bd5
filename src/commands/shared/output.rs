//! The output of one object, and checks of `-o` and `--fields` that run before a command does anything.

use crate::actions::ChangeOutcome;
use crate::commands::context::Ctx;
use crate::failure::Failure;
use crate::render::view::View;
use crate::render::{ChangeReport, Format, Warning};

/// Checks that the command has the output format and the fields that were asked for.
///
/// # Errors
/// [`Failure`] with [`crate::exit::Exit::Usage`] for `-o env`, which is for new secrets, or for an unknown field.
pub(crate) fn check_format<V: View>(ctx: &Ctx<'_>) -> Result<(), Failure> {
    if ctx.out.format == Format::Env {
        return Err(Failure::usage("-o env is only for commands that print a new secret")
            .hint("those are key create, consumer add and rotate; use -o json or -o id here"));
    }
    check_fields::<V>(ctx)
}

/// Checks the fields of a command that prints a new secret. With `-o tsv`, `csv` and `env` it prints the id and the
/// secret, and would ignore `--fields`.
///
/// # Errors
/// [`Failure`] with [`crate::exit::Exit::Usage`] for an unknown field, or for a format without fields.
pub(crate) fn check_secret_format<V: View>(ctx: &Ctx<'_>) -> Result<(), Failure> {
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
        "--fields cannot be used with -o {fixed}, which prints the id and the secret"
    ))
    .hint("nothing was changed; use --fields with -o json"))
}

fn check_fields<V: View>(ctx: &Ctx<'_>) -> Result<(), Failure> {
    ctx.out.check_fields::<V>().map_err(Failure::usage)
}

/// Prints the object that a command changed, or left unchanged.
///
/// # Errors
/// [`Failure::output`] if standard output cannot be written.
pub(crate) fn print_change<V: View>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    outcome: ChangeOutcome,
    view: V,
) -> Result<(), Failure> {
    print_change_with(ctx, schema, outcome, view, Vec::new())
}

/// Prints warnings, and the object that a command changed, or left unchanged.
///
/// # Errors
/// [`Failure::output`] if standard output cannot be written.
pub(crate) fn print_change_with<V: View>(
    ctx: &mut Ctx<'_>,
    schema: &'static str,
    outcome: ChangeOutcome,
    view: V,
    warnings: Vec<Warning>,
) -> Result<(), Failure> {
    for warning in &warnings {
        ctx.out.warn(warning);
    }
    let operation = ctx.operation();
    let written = ChangeReport {
        schema,
        changed: outcome.changed(),
        dry_run: ctx.globals.dry_run,
        operation: &operation,
        items: vec![(view, outcome.changed())],
        warnings,
        single: true,
    };
    ctx.out.report_change(&written, None).map_err(|error| Failure::output(&error))
}
