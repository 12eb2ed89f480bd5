//! Helpers of the tests: commands in the test process with a fixed clock and seeded randomness, processes of the program,
//! HTTP clients, terminals and browsers.

pub mod app;
pub mod browser;
pub mod flood;
pub mod hints;
pub mod left_out;
pub mod process;
pub mod race;
pub mod raw;
pub mod terminal;
pub mod tools;

pub use app::{App, split};
