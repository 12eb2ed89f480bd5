//! Refusals.

use serde::Serialize;

use crate::domain::refusal::Told;

use super::{Field, Kind, View, time};

/// A client as a refused request named it.
#[derive(Clone, Debug, Serialize)]
struct Caller {
    id: String,
    /// Absent where there is no such client.
    name: Option<String>,
}

/// A request that the service refused, and why.
#[derive(Clone, Debug, Serialize)]
pub struct RefusalView {
    request_id: String,
    at: String,
    client: Option<Caller>,
    error: Option<String>,
    why: String,
    mend: Option<String>,
    check: String,
    endpoint: String,
    user: Option<String>,
}

impl View for RefusalView {
    const NOUN: &'static str = "refusal";
    const FIELDS: &'static [Field] = &[
        Field::column("request_id", "REQUEST ID", Kind::Text),
        Field::column("at", "WHEN", Kind::Event),
        Field::column("client.name", "CLIENT", Kind::Text),
        Field::column("error", "ERROR", Kind::Text),
        Field::column("why", "WHY", Kind::Prose),
        Field::detail("mend", "MEND", Kind::Text),
        Field::detail("check", "CHECK", Kind::Text),
        Field::detail("endpoint", "ENDPOINT", Kind::Text),
        Field::detail("client.id", "CLIENT ID", Kind::Text),
        Field::detail("user", "USER", Kind::Text),
        Field::detail("client", "", Kind::Nested(&[])),
    ];

    fn id(&self) -> &str {
        &self.request_id
    }
}

impl RefusalView {
    /// The view of a refusal.
    #[must_use]
    pub fn of(told: &Told) -> Self {
        let name = told.client_name.as_ref().map(ToString::to_string);
        Self {
            request_id: told.request.to_string(),
            at: time(told.at),
            client: told.client_id.as_ref().map(|id| Caller { id: id.to_string(), name }),
            error: told.error.clone(),
            why: told.why.clone(),
            mend: told.mend.clone(),
            check: told.code.clone(),
            endpoint: told.endpoint.clone(),
            user: told.user.as_ref().map(ToString::to_string),
        }
    }
}
