//! Tables and sheets for a terminal.

pub(crate) mod cell;
pub(crate) mod columns;
pub(crate) mod pager;
pub(crate) mod sheet;
