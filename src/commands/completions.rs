use clap::Args;

use crate::commands::shared::help_text::examples;
use crate::completion;
use crate::completion::Shell;
use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Print the completion script for a shell
///
/// The script asks apiconn at each TAB, so that names and ids come from the store. It reads the store with the
/// rights of the user who types.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&[
    "source <(apiconn completions bash)",
    "apiconn completions fish | source",
]))]
pub struct CompletionsArgs {
    /// Shell to write the script for
    shell: Shell,
}

/// Runs `apiconn completions` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &CompletionsArgs) -> Result<(), Failure> {
    let script = completion::registration(args.shell).map_err(|error| Failure::output(&error))?;
    ctx.out.text(&script).map_err(|error| Failure::output(&error))
}
