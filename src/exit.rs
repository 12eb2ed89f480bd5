//! Exit codes: a promise to scripts. The README and `apiconn help exit-codes` are tested against this table.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or already so.
    Done = 0,
    /// Failed, also in part of a bulk.
    Failed = 1,
    /// The command line is wrong, or a confirmation is needed and there is nobody to ask.
    Usage = 2,
    /// No such object.
    NotFound = 3,
    /// A name is taken, a handle is ambiguous, a revision is stale.
    Conflict = 4,
    /// Refused by a rule, or declined by the person who was asked.
    Refused = 5,
    /// The store is missing, busy, newer than this program or unreadable.
    Store = 6,
    /// Something was found that the caller asked to be told of.
    Findings = 7,
    /// The store or its audit chain is damaged.
    Integrity = 8,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// All codes with their meaning, in order.
    pub const TABLE: [(Self, &'static str); 10] = [
        (Self::Done, "done, or already so"),
        (Self::Failed, "failed, also in part of a bulk"),
        (Self::Usage, "wrong command line, or confirmation needed"),
        (Self::NotFound, "not found"),
        (Self::Conflict, "conflict: name taken, handle ambiguous, revision stale"),
        (Self::Refused, "refused by a rule, or declined"),
        (Self::Store, "store missing, busy, newer or unreadable"),
        (Self::Findings, "findings: --fail-if-any found something"),
        (Self::Integrity, "integrity: store or audit chain damaged"),
        (Self::Interrupted, "interrupted"),
    ];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}
