//! The program `apiconn`: completion, then one command, then its exit code.

use std::io::Write as _;
use std::process::ExitCode;

use apiconn::exit::Exit;
use apiconn::system::{System, hold_hangup, protect_memory, restrict_new_files};

fn main() -> ExitCode {
    protect_memory();
    hold_hangup();
    restrict_new_files();
    if apiconn::completion::hook(apiconn::command_line) {
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let exit = match System::of_process() {
        Ok(mut system) => apiconn::run(&arguments, &mut system),
        Err(error) => {
            // Output needs a `System`, so write to standard error directly.
            let _ = writeln!(std::io::stderr(), "error: {error}; nothing was done");
            Exit::Failed
        }
    };
    ExitCode::from(exit.code())
}
