//! Records of the audit chain.

use crate::domain::audit::Record;
use crate::domain::page::{AuditFilter, Page, PageRequest};

use crate::store::error::StoreError;

/// Reads of the audit chain.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait AuditReads {
    /// Returns the record with the highest sequence number. A store that is not damaged has at least one.
    fn last_audit_record(&self) -> Result<Option<Record>, StoreError>;
    /// Returns at most `limit` records with a sequence number above `after`, in ascending order.
    fn audit_records_after(&self, after: i64, limit: usize) -> Result<Vec<Record>, StoreError>;
    /// Returns a page of records, newest first.
    fn list_audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<Record>, StoreError>;
}

/// Changes of the audit chain.
pub trait AuditWrites {
    /// Appends a sealed record.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn append_audit(&mut self, record: &Record) -> Result<(), StoreError>;
}
