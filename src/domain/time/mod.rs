//! Points in time, durations, and their text forms.

mod clock;
mod day;
mod span;
mod time_spec;
mod timestamp;

pub use crate::domain::time::clock::{Clock, SystemClock};
pub use crate::domain::time::day::Day;
pub use crate::domain::time::span::{Span, TimeError, UNITS};
pub use crate::domain::time::time_spec::TimeSpec;
pub use crate::domain::time::timestamp::Timestamp;
