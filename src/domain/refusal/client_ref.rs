//! A client as a request names it.

use crate::domain::client::Client;
use crate::domain::id::ClientId;
use crate::domain::name::Name;

/// A client that a request named, or that owns a credential that a request presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRef {
    /// The id as it was sent. It has the form of a client id.
    pub id: ClientId,
    /// The client's name; `None` if no client has the id.
    pub name: Option<Name>,
}

impl From<&Client> for ClientRef {
    fn from(client: &Client) -> Self {
        Self { id: client.id.clone(), name: Some(client.name.clone()) }
    }
}
