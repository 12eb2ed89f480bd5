//! Violations of a rule, and their output.

use std::collections::BTreeMap;
use std::fmt;

use super::tree::Tree;

/// One place that breaks a rule.
pub struct Violation {
    pub path: String,
    pub line: usize,
    /// The rule, with the word or name that breaks it.
    pub rule: String,
    pub excerpt: String,
}

/// The result of one rule over a tree.
pub struct Outcome {
    pub rule: &'static str,
    /// Number of things examined: files, items, sections or functions.
    pub examined: usize,
    pub unit: &'static str,
    pub violations: Vec<Violation>,
    /// Measured values, one a line.
    pub measured: Vec<String>,
}

impl Outcome {
    pub fn new(rule: &'static str, unit: &'static str) -> Self {
        Self { rule, examined: 0, unit, violations: Vec::new(), measured: Vec::new() }
    }

    /// Adds a violation with the trimmed source line as its excerpt.
    pub fn add(&mut self, path: &str, line: usize, rule: impl Into<String>, excerpt: &str) {
        const LONGEST: usize = 120;
        let excerpt = excerpt.trim();
        let cut: String = excerpt.chars().take(LONGEST).collect();
        let excerpt = if cut.len() < excerpt.len() { format!("{cut}…") } else { cut };
        self.violations.push(Violation { path: path.to_owned(), line, rule: rule.into(), excerpt });
    }

    /// Returns the report if the rule is broken, or if it examined fewer than `at_least` things in a whole tree,
    /// since a rule that looks in the wrong folder must not pass.
    pub fn failure(&self, tree: &Tree, at_least: usize) -> Option<String> {
        if self.examined < at_least && !tree.is_partial() {
            let (rule, examined, unit) = (self.rule, self.examined, self.unit);
            return Some(format!("{rule}: only {examined} {unit} found, at least {at_least} expected"));
        }
        (!self.violations.is_empty()).then(|| self.to_string())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut files: Vec<_> = self.violations.iter().map(|violation| violation.path.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        let (found, examined) = (self.violations.len(), self.examined);
        writeln!(f, "== {}: {found} in {} files; {examined} {} examined", self.rule, files.len(), self.unit)?;
        for line in &self.measured {
            writeln!(f, "   {line}")?;
        }
        let mut counts = BTreeMap::<&str, usize>::new();
        for violation in &self.violations {
            *counts.entry(&violation.rule).or_default() += 1;
        }
        if counts.len() > 1 {
            let mut counts: Vec<_> = counts.into_iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            for (rule, count) in counts {
                writeln!(f, "   {count:5}  {rule}")?;
            }
        }
        for Violation { path, line, rule, excerpt } in &self.violations {
            writeln!(f, "{path}:{line}: {rule}: {excerpt}")?;
        }
        Ok(())
    }
}
