//! An apiconn with a folder, a clock and a random source of its own, run in this process or as a real one.

pub mod app;
pub mod browser;
pub mod hints;
pub mod process;
pub mod race;
pub mod raw;
pub mod terminal;

pub use app::{App, split};
