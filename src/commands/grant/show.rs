use clap::Args;

use crate::actions::resolve;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::output::check_format;
use crate::completion;
use crate::domain::handle::{Handle, Noun};
use crate::failure::Failure;
use crate::render::view::grant::GrantView;

/// Show a grant: its user, consumer, scopes and last use
///
/// USER/CONSUMER means the active grant of that user to that consumer, otherwise the one revoked last.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn grant show tech1/field-app"]))]
pub struct GrantShowArgs {
    /// Id, unique id prefix, or USER/CONSUMER
    #[arg(value_name = "GRANT", add = completion::grants(completion::States::All))]
    handle: String,
}

/// Runs `apiconn grant show` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &GrantShowArgs) -> Result<(), Failure> {
    check_format::<GrantView>(ctx)?;
    let handle = Handle::parse(Noun::Grant, &args.handle)?;
    let view = ctx.read(|read, _| Ok(GrantView::of(&resolve::grant(read, &handle)?)))?;
    ctx.out.show("grant.show", &view).map_err(|error| Failure::output(&error))
}
