//! The audit chain in the store.

use crate::domain::audit::Record;
use crate::domain::page::{AuditFilter, Page, PageRequest};

use crate::store::StoreError;

/// Reads of the audit chain. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait AuditReads {
    /// The last record, which every chain has.
    fn last_audit_record(&self) -> Result<Option<Record>, StoreError>;
    /// Records with a number above `after`, in order, at most `limit`.
    fn audit_records_after(&self, after: i64, limit: usize) -> Result<Vec<Record>, StoreError>;
    /// A page of records, newest first.
    fn list_audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<Record>, StoreError>;
}

/// Changes of the audit chain.
pub trait AuditWrites {
    /// Appends a sealed record.
    ///
    /// # Errors
    /// Fails where the store cannot be written.
    fn append_audit(&mut self, record: &Record) -> Result<(), StoreError>;
}
