//! Refused requests: the failed check, the client and the user.
//!
//! A [`Check`] is the check that failed, with the values needed to describe it and never a secret. A [`Refusal`] adds the
//! client and the user. It is the one fact from which both answers come: the OAuth error that the client receives, which
//! reveals as little as the RFCs ask for, and the explanation that the administrator reads. A [`RefusedRequest`] is a
//! refusal with the request that it ended. A [`RefusalGroup`] is equal refused requests of one minute. A [`StoredRefusal`] is
//! their stored form: words, bounded and redacted, because parts of them come from the request.

mod check;
mod client_ref;
mod code;
mod constructors;
mod decision;
mod facts;
mod group;
mod redirect;
mod stored;
mod text_fault;

pub use check::{BasicFault, Check, CredentialFault, FormFault, UserLimit};
pub use client_ref::{ClientRef, KnownClient};
#[cfg(test)]
pub(crate) use code::every_check;
pub use decision::Decision;
pub use facts::{HOST_LENGTH, Refusal, RefusedRequest};
pub use group::{RefusalGroup, keep_last};
pub use redirect::{Difference, Part, compare_redirect};
pub use stored::{
    Explanation, KEPT_OF_CLIENT, KEPT_OF_CLIENTS, KEPT_OTHER, LATER_REQUESTS, MERGED_WITHIN, StoredClient,
    StoredRefusal,
};
pub use text_fault::{TextFault, trim_credential, trimmed_credential};
