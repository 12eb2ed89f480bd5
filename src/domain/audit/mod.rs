//! Audit records: which process changed which object, when and why. Each record contains the hash of the previous one.

mod actor;
mod event;
mod head;
mod record;

pub use crate::domain::audit::actor::{Actor, Via};
pub use crate::domain::audit::event::{AuditVerb, Event, ObjectKind};
pub use crate::domain::audit::head::{Head, HeadError};
pub use crate::domain::audit::record::{Draft, Record, SCHEME};
