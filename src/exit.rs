//! Exit codes. Scripts depend on them: they never change. README.md and `apiconn help exit-codes` are tested against
//! [`Exit::TABLE`].

/// The exit code of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    /// The command line is wrong, or a confirmation is needed and there is no terminal.
    Usage = 2,
    NotFound = 3,
    /// A name is taken, an id prefix is ambiguous, or a revision is stale.
    Conflict = 4,
    /// A rule forbids it, or the confirmation question was answered with no.
    Refused = 5,
    /// The store is missing, busy, unusable, or written by a newer version.
    Store = 6,
    /// `--fail-if-any` was given and the list is not empty.
    Findings = 7,
    /// The store or its audit chain is damaged.
    Integrity = 8,
    /// Ctrl-C was pressed at a question.
    Interrupted = 130,
}

impl Exit {
    /// All codes with their meaning, in order.
    pub const TABLE: [(Self, &'static str); 10] = [
        (Self::Done, "success, also if there was nothing to change"),
        (Self::Failed, "failure without a code of its own"),
        (Self::Usage, "wrong command line, or a confirmation is needed"),
        (Self::NotFound, "not found"),
        (Self::Conflict, "conflict: name taken, id prefix ambiguous, or revision stale"),
        (Self::Refused, "refused by a rule, or the question was answered with no"),
        (Self::Store, "store missing, busy, unusable, or written by a newer version"),
        (Self::Findings, "findings: --fail-if-any was given and the list is not empty"),
        (Self::Integrity, "integrity: store or audit chain damaged"),
        (Self::Interrupted, "interrupted by Ctrl-C"),
    ];

    /// Returns the number that the process exits with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}
