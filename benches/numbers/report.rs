//! The table that is printed.

use std::fmt::Display;

/// What was measured, line by line, and whether all of it holds.
#[derive(Debug, Default)]
pub struct Report {
    failures: usize,
}

impl Report {
    /// A number with its limit.
    pub fn judge(&mut self, what: &str, value: f64, unit: &str, limit: f64, detail: &str) {
        let holds = value <= limit;
        self.failures += usize::from(!holds);
        let verdict = if holds { "PASS" } else { "FAIL" };
        println!("  {verdict}  {what:<43} {value:>6.2}{unit:<3} at most {limit}{unit:<3}  {detail}");
    }

    /// Something that could not be measured, which is a failure.
    pub fn fail(&mut self, what: &str, why: &impl Display) {
        self.failures += 1;
        println!("  FAIL  {what:<43} not measured: {why}");
    }

    /// How many numbers do not hold.
    pub const fn failures(&self) -> usize {
        self.failures
    }
}

/// A heading.
pub fn heading(text: &str) {
    println!("\n{text}");
}

/// A number without a limit.
pub fn tell(what: &str, detail: &str) {
    println!("        {what:<43} {detail}");
}
