//! A client as a request names it.

use crate::domain::client::Client;
use crate::domain::id::{ClientId, ClientKind};
use crate::domain::name::Name;

/// A client that a request named, or that owns a credential that a request presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRef {
    /// The id as it was sent. It has the form of a client id.
    pub id: ClientId,
    /// `None` if no client has the id.
    pub known: Option<KnownClient>,
}

/// The properties of an existing client that an explanation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownClient {
    pub kind: ClientKind,
    pub name: Name,
}

impl From<&Client> for ClientRef {
    fn from(client: &Client) -> Self {
        Self { id: client.id.clone(), known: Some(client.into()) }
    }
}

impl From<&Client> for KnownClient {
    fn from(client: &Client) -> Self {
        Self { kind: client.kind(), name: client.name.clone() }
    }
}
