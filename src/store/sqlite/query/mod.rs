//! Reading rows and pages of lists.

pub(crate) mod cursor;
pub(crate) mod list;
pub(crate) mod rows;
