//! The end of a command's long help: its special exit codes and its examples.
//!
//! clap wraps help texts at the width of the terminal. An example that is wrapped cannot be copied, so its spaces are
//! written as [`NO_BREAK_SPACE`], at which clap does not wrap, and [`printable`] turns them back.

use crate::exit::Exit;

/// Stands for a space at which a line must not be wrapped.
const NO_BREAK_SPACE: char = '\u{a0}';
/// The widest help in columns, also in a pipe.
pub(crate) const MAX_WIDTH: usize = 100;
/// The line above the examples.
pub(crate) const EXAMPLES: &str = "Examples:";
/// The line above the exit codes.
pub(crate) const EXIT_CODES: &str = "Exit codes:";

/// Returns the examples as the end of a long help.
pub(crate) fn examples(examples: &[&str]) -> String {
    let lines =
        examples.iter().flat_map(|example| example.lines()).map(|line| unwrapped(&format!("  {line}")));
    std::iter::once(EXAMPLES.to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// Returns the exit codes that have a special meaning for a command, then its examples.
pub(crate) fn after_help(codes: &[(Exit, &str)], lines: &[&str]) -> String {
    let codes: Vec<String> =
        codes.iter().map(|(exit, meaning)| format!("  {}  {meaning}", exit.code())).collect();
    format!("{EXIT_CODES}\n{}\n\n{}", codes.join("\n"), examples(lines))
}

/// Returns a line that clap prints as one line at any width.
pub(crate) fn unwrapped(line: &str) -> String {
    line.replace(' ', &NO_BREAK_SPACE.to_string())
}

/// Returns a rendered help with ordinary spaces, and without the spaces that clap leaves at the ends of lines.
pub(crate) fn printable(rendered: &str) -> String {
    let lines = rendered.lines().map(|line| line.replace(NO_BREAK_SPACE, " ").trim_end().to_owned() + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_stay_whole_at_any_width() {
        let example = "apiconn key create erp-sync --scope assets.read --expires 90d -o env >erp.env";
        let end =
            after_help(&[(Exit::Refused, "the secret is not accepted; the error says why")], &[example]);
        for width in [20, 40, 80] {
            let mut command = clap::Command::new("test").after_long_help(end.clone()).term_width(width);
            let help = printable(&command.render_long_help().to_string());
            assert!(help.lines().any(|line| line == format!("  {example}")), "{help}");
        }
    }
}
