//! Actions on keys and consumers, and on their secrets.

mod create;
mod differences;
mod edit;
mod expiry;
mod list;
pub mod secrets;
mod state;

pub use crate::actions::clients::create::{CreateOutcome, NewClient, create};
pub use crate::actions::clients::differences::differences;
pub use crate::actions::clients::edit::{ClientEdit, edit};
pub use crate::actions::clients::list::all_matching;
pub use crate::actions::clients::state::{StateChange, change_state};
