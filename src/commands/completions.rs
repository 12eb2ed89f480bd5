use clap::Args;

use crate::completion;
use crate::completion::Shell;
use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Print the completion script for a shell
///
/// The script asks this program at each TAB, so that ids and names come from the store.
///
/// Examples:
///   source <(apiconn completions bash)
///   apiconn completions fish | source
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &CompletionsArgs) -> Result<(), Failure> {
    let script = completion::registration(args.shell).map_err(|error| Failure::output(&error))?;
    ctx.out.text(&script).map_err(|error| Failure::output(&error))
}
