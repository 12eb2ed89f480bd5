use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::output::check_format;
use crate::failure::Failure;
use crate::render::view::store::StoreView;
use crate::store::{StoreError, StoreLocation};

/// Show the file, the size and the schema of the store
///
/// With --schema the documented SQL schema is printed, for programs that read the store themselves. Nothing is
/// changed.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn store info", "apiconn store info --schema"]))]
pub struct StoreInfoArgs {
    /// Print the documented SQL schema of the store
    #[arg(long)]
    schema: bool,
}

/// Runs `apiconn store info` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &StoreInfoArgs) -> Result<(), Failure> {
    check_format::<StoreView>(ctx)?;
    let info = ctx.store_info()?;
    if args.schema {
        let shown = ctx.out.text_or_document("store.schema", "sql", info.documented_schema);
        return shown.map_err(|error| Failure::output(&error));
    }
    let (path, _) = ctx.store_path()?;
    let location = StoreLocation::parse(path.as_os_str()).map_err(StoreError::from)?;
    let mode = location.mode();
    let mode = mode.map_err(|error| StoreError::Failed { why: error.to_string(), source: None })?;
    let base = ctx.read(|read, _| Ok(read.base()?))?;
    let view = StoreView {
        store: path.to_string_lossy().into_owned(),
        store_id: base.store_id,
        base: base.name.to_string(),
        environment: base.environment.as_str(),
        engine: info.engine,
        schema: info.schema,
        bytes: info.size,
        mode: format!("{mode:o}"),
    };
    ctx.out.show("store.info", &view).map_err(|error| Failure::output(&error))
}
