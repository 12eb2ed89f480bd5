use clap::Args;

use crate::actions::{audit, status};
use crate::failure::Failure;
use crate::render::view::status::{StatusFacts, StatusView};

use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;

/// Show the base on one screen: what there is, and which keys expire soon
///
/// Examples:
///   apiconn status
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct StatusArgs {}

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
