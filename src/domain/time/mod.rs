//! Points in time, durations, and their text forms.

mod clock;
mod span;
mod timestamp;
mod when;

pub use crate::domain::time::clock::{Clock, SystemClock};
pub use crate::domain::time::span::{Span, TimeError, UNITS};
pub use crate::domain::time::timestamp::Timestamp;
pub use crate::domain::time::when::When;
