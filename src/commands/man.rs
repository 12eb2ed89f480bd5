use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::shared::help_text::examples;
use crate::failure::Failure;

use crate::commands::context::Ctx;
use crate::commands::man_page::page;

/// Print the manual page, or write one page per command
///
/// Without --dir the page apiconn(1) is printed. Existing pages in the folder are overwritten.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&["apiconn man | man -l -", "apiconn man --dir man1"]))]
pub struct ManArgs {
    /// Folder to write one page per command into
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

/// Runs `apiconn man` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ManArgs) -> Result<(), Failure> {
    let command = (ctx.command_line)();
    match &args.dir {
        None => {
            let page = page(&command).map_err(|error| Failure::output(&error))?;
            ctx.out.text(&page).map_err(|error| Failure::output(&error))
        }
        Some(folder) => {
            let mut command = command;
            command.build();
            let pages = pages(&command, command.get_name());
            let count = pages.len();
            if ctx.globals.dry_run {
                ctx.out.note(&format!("Would write {count} pages into {}.", folder.display()));
                return Ok(());
            }
            write(folder, &pages).map_err(|error| {
                Failure::usage(format!("the pages cannot be written to {}: {error}", folder.display()))
            })?;
            ctx.out.note(&format!("Wrote {count} pages into {}.", folder.display()));
            Ok(())
        }
    }
}

/// Returns the command and all its subcommands, each with the name of its page.
fn pages(command: &clap::Command, name: &str) -> Vec<(String, clap::Command)> {
    let titled = command.clone().name(name.to_owned()).display_name(name.to_owned());
    let children = command.get_subcommands().filter(|child| !child.is_hide_set());
    std::iter::once((name.to_owned(), titled))
        .chain(children.flat_map(|child| pages(child, &format!("{name}-{}", child.get_name()))))
        .collect()
}

fn write(folder: &Path, pages: &[(String, clap::Command)]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, command) in pages {
        std::fs::write(folder.join(format!("{name}.1")), page(command)?)?;
    }
    Ok(())
}
