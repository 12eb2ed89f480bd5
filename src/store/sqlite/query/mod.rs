//! Reading rows, pages of lists, and objects by a handle.

pub(crate) mod cursor;
pub(crate) mod list;
pub(crate) mod lookup;
pub(crate) mod rows;
