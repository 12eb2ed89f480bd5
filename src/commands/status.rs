use clap::Args;

use crate::actions::{audit, status};
use crate::commands::shared::help_text::examples;
use crate::failure::Failure;
use crate::render::view::status::{StatusFacts, StatusView};

use crate::commands::context::Ctx;
use crate::commands::shared::output::check_format;

/// Show the base, its counts, and the keys that expire soon
///
/// Prints the store, the issuer, the head of the audit, the number of keys, consumers, users and grants by state,
/// and up to five active keys that expire within 14 days.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn status", "apiconn status -o json"]))]
pub struct StatusArgs {}

/// Runs `apiconn status` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, _: &StatusArgs) -> Result<(), Failure> {
    check_format::<StatusView>(ctx)?;
    let (path, _) = ctx.store_path()?;
    let view = ctx.read(|read, now| {
        let status = status::status(read, now)?;
        Ok(StatusView::of(&StatusFacts {
            base: &status.base,
            settings: &status.settings,
            store: path.to_string_lossy().into_owned(),
            keys: status.keys,
            consumers: status.consumers,
            users: status.users,
            grants: status.grants,
            audit_head: audit::head(read)?.to_string(),
            expiring: &status.expiring,
        }))
    })?;
    ctx.out.show("status", &view).map_err(|error| Failure::output(&error))
}
