//! The secrets of clients: minting, delivery, rotation, revocation and verification.
//!
//! A secret is committed as pending, then shown or written to its reader, then activated in a second transaction. If the
//! process ends in between, the secret stays pending and is always refused. If the delivery fails, the secret is withdrawn.
//! A command reports success only after the second commit.

mod deliver;
mod pending;
mod revoke;
mod rotate;
mod rotation;
mod verify;

pub use crate::actions::clients::secrets::deliver::{deliver, withdraw};
pub use crate::actions::clients::secrets::pending::PendingSecret;
pub(crate) use crate::actions::clients::secrets::pending::mint_pending;
pub use crate::actions::clients::secrets::revoke::revoke_presented;
pub use crate::actions::clients::secrets::rotate::rotate;
pub use crate::actions::clients::secrets::rotation::{Rotation, RotationImpact};
pub use crate::actions::clients::secrets::verify::{VerifyRefusal, recognise_secret, verify};
