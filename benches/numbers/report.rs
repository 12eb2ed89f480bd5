//! The table that is printed.

use std::fmt::Display;

/// What was measured, line by line, and whether all of it holds.
#[derive(Debug, Default)]
pub struct Report {
    failures: usize,
}

impl Report {
    /// A number with what it may be at most.
    pub fn judge(&mut self, what: &str, value: f64, unit: &str, limit: f64, detail: &str) {
        self.line(value <= limit, what, value, unit, &format!("at most {limit}{unit}"), detail);
    }

    /// A number with what it must be at least.
    pub fn judge_least(&mut self, what: &str, value: f64, unit: &str, limit: f64, detail: &str) {
        self.line(value >= limit, what, value, unit, &format!("at least {limit}{unit}"), detail);
    }

    fn line(&mut self, holds: bool, what: &str, value: f64, unit: &str, limit: &str, detail: &str) {
        self.failures += usize::from(!holds);
        let verdict = if holds { "PASS" } else { "FAIL" };
        println!("  {verdict}  {what:<43} {value:>6.2}{unit:<3} {limit:<14} {detail}");
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
