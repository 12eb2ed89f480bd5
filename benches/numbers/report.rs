//! The printed results.

use std::fmt::Display;

/// Prints results and counts those outside their limits.
#[derive(Debug, Default)]
pub struct Report {
    failures: usize,
}

impl Report {
    /// Prints a result with its maximum.
    pub fn judge(&mut self, what: &str, value: f64, unit: &str, limit: f64, detail: &str) {
        self.line(value <= limit, what, value, unit, &format!("at most {limit}{unit}"), detail);
    }

    /// Prints a result with its minimum.
    pub fn judge_least(&mut self, what: &str, value: f64, unit: &str, limit: f64, detail: &str) {
        self.line(value >= limit, what, value, unit, &format!("at least {limit}{unit}"), detail);
    }

    fn line(&mut self, holds: bool, what: &str, value: f64, unit: &str, limit: &str, detail: &str) {
        self.failures += usize::from(!holds);
        let verdict = if holds { "PASS" } else { "FAIL" };
        println!("  {verdict}  {what:<43} {value:>6.2}{unit:<3} {limit:<14} {detail}");
    }

    /// Prints a measurement that failed, which counts as outside its limit.
    pub fn fail(&mut self, what: &str, why: &impl Display) {
        self.failures += 1;
        println!("  FAIL  {what:<43} not measured: {why}");
    }

    /// Returns the number of results outside their limits.
    pub const fn failures(&self) -> usize {
        self.failures
    }
}

/// Prints a heading above results.
pub fn heading(text: &str) {
    println!("\n{text}");
}

/// Prints a result without a limit.
pub fn note(what: &str, detail: &str) {
    println!("        {what:<43} {detail}");
}
