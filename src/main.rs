//! Completion hook, parse, run, exit code.

use std::io::Write as _;
use std::process::ExitCode;

use apiconn::exit::Exit;
use apiconn::system::{Host, restrict_new_files};

fn main() -> ExitCode {
    restrict_new_files();
    if apiconn::completion::hook(apiconn::command_line) {
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let exit = match Host::real() {
        Ok(mut host) => apiconn::run(&arguments, &mut host),
        Err(error) => {
            // There is no world yet to print through; a failure without a word would be a riddle.
            let _ = writeln!(std::io::stderr(), "error: {error}; nothing was done");
            Exit::Failed
        }
    };
    ExitCode::from(exit.code())
}
