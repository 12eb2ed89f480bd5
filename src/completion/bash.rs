//! bash shows values only; where it lists several after a second TAB, ours have their descriptions behind them.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap_complete::engine::complete;
use clap_complete::env::EnvCompleter;

/// `COMP_TYPE` of a listing after successive TABs.
const LISTING: &str = "63";

/// The adapter for bash.
pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        clap_complete::env::Bash.write_registration(var, name, bin, completer, buf)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "bash hands over its state in variables that the script sets"
    )]
    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        let variable = |name: &str| std::env::var(name).ok();
        let index = variable("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok()).unwrap_or_default();
        let separator = variable("_CLAP_IFS").unwrap_or_else(|| "\n".to_owned());
        let candidates = complete(command, args, index, current_dir)?;
        // Only a listing may hold more than the value: anything else is typed into the line.
        let listing =
            variable("_CLAP_COMPLETE_COMP_TYPE").as_deref() == Some(LISTING) && candidates.len() > 1;
        for (index, candidate) in candidates.iter().enumerate() {
            if index > 0 {
                buf.write_all(separator.as_bytes())?;
            }
            write!(buf, "{}", candidate.get_value().to_string_lossy())?;
            if listing && let Some(help) = candidate.get_help() {
                write!(buf, "  ({})", help.to_string().lines().next().unwrap_or_default())?;
            }
        }
        Ok(())
    }
}
