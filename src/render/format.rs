//! The formats of standard output.

/// The format of the data on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for a terminal.
    Table,
    /// One JSON document for the whole run.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// Tab-separated values without a header.
    Tsv,
    /// Shell variables with the credentials just made.
    Env,
    /// Ids alone, one a line.
    Id,
}
