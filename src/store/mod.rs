//! The store as the rest of the program uses it: transactions whose methods take and return domain types.
//!
//! Methods are grouped by aggregate, one file and one pair of traits each. A [`ReadTx`] is one snapshot. A [`WriteTx`]
//! holds the write lock from its beginning and is rolled back unless it is committed. Only [`open()`], [`create`] and the
//! folder of an engine know which engine a store uses.

pub mod access;
pub mod audit;
pub mod base;
pub mod clients;
pub mod codes;
pub mod error;
pub mod grants;
pub mod groups;
pub mod holders;
pub mod location;
pub mod lookup;
pub mod open;
pub mod refusals;
pub mod scopes;
pub mod secrets;
pub mod sessions;
mod sqlite;
pub mod throttles;
pub mod tokens;
pub mod transactions;
pub mod usage;
pub mod users;

pub use crate::store::access::Access;
pub use crate::store::base::NewStore;
pub use crate::store::error::{EngineError, StoreError};
pub use crate::store::location::{SchemeError, StoreLocation, StoreWarning};
pub use crate::store::lookup::Match;
pub use crate::store::open::{create, open};
pub use crate::store::transactions::{FailureReport, ReadTx, Store, StoreInfo, WriteTx};
