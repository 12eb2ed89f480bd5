use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;
use crate::failure::Failure;
use crate::render::view::store::StoreView;

/// Show facts about the store's file, or its documented schema
///
/// Examples:
///   apiconn store info
///   apiconn store info --schema
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct StoreInfoArgs {
    /// Print the documented schema: another program may read the store by it
    #[arg(long)]
    schema: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &StoreInfoArgs) -> Result<(), Failure> {
    check_format::<StoreView>(ctx)?;
    let info = ctx.store_info()?;
    if args.schema {
        let shown = ctx.out.text_or_document("store.schema", "sql", info.documented_schema);
        return shown.map_err(|error| Failure::output(&error));
    }
    let (path, _) = ctx.store_path()?;
    let base = ctx.read(|read, _| Ok(read.base()?))?;
    let view = StoreView {
        store: path.to_string_lossy().into_owned(),
        store_id: base.store_id,
        base: base.name.to_string(),
        environment: base.environment.as_str(),
        engine: info.engine,
        schema: info.schema,
        bytes: info.size,
        mode: format!("{:o}", info.mode),
    };
    ctx.out.show("store.info", &view).map_err(|error| Failure::output(&error))
}
