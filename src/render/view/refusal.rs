//! The view of a refusal.

use serde::Serialize;

use crate::domain::refusal::StoredRefusal;

use crate::render::view::{Field, Kind, View};

/// The client that a refused request named.
#[derive(Clone, Debug, Serialize)]
struct RequestClient {
    id: String,
    /// Absent if no client has this id.
    name: Option<String>,
}

/// A refused request, with the reason and the command that fixes it.
#[derive(Clone, Debug, Serialize)]
pub struct RefusalView {
    request_id: String,
    at: String,
    client: Option<RequestClient>,
    error: Option<String>,
    why: String,
    suggested_command: Option<String>,
    check: String,
    endpoint: String,
    host: Option<String>,
    client_authenticated: bool,
    user: Option<String>,
    count: i64,
    /// Absent if the count is 1.
    last_at: Option<String>,
    later_request_ids: Vec<String>,
}

impl View for RefusalView {
    const NOUN: &'static str = "refusal";
    const FIELDS: &'static [Field] = &[
        Field::column("request_id", "REQUEST ID", Kind::Text),
        Field::column("at", "WHEN", Kind::Event),
        Field::column("client.name", "CLIENT", Kind::Text),
        Field::column("error", "ERROR", Kind::Text),
        Field::column("why", "WHY", Kind::Prose),
        Field::detail("suggested_command", "FIX", Kind::Text),
        Field::detail("check", "CHECK", Kind::Text),
        Field::detail("endpoint", "ENDPOINT", Kind::Text),
        Field::detail("host", "HOST", Kind::Text),
        Field::detail("client.id", "CLIENT ID", Kind::Text),
        Field::detail("client_authenticated", "AUTHENTICATED", Kind::Text),
        Field::detail("user", "USER", Kind::Text),
        Field::detail("count", "COUNT", Kind::Text),
        Field::detail("last_at", "LAST", Kind::Event),
        Field::detail("later_request_ids", "LATER IDS", Kind::Words),
        Field::detail("client", "", Kind::Nested(&[])),
    ];

    fn id(&self) -> &str {
        &self.request_id
    }
}

impl RefusalView {
    /// Makes the view of a stored refusal.
    #[must_use]
    pub fn of(stored: &StoredRefusal) -> Self {
        Self {
            request_id: stored.request.to_string(),
            at: stored.at.to_rfc3339(),
            client: stored.client.as_ref().map(|client| RequestClient {
                id: client.id.to_string(),
                name: client.name.as_ref().map(ToString::to_string),
            }),
            error: stored.error.clone(),
            why: stored.why.clone(),
            suggested_command: stored.suggested_command.clone(),
            check: stored.code.clone(),
            endpoint: stored.endpoint.clone(),
            host: stored.host.clone(),
            client_authenticated: stored.client_authenticated,
            user: stored.user.as_ref().map(ToString::to_string),
            count: stored.count,
            last_at: (stored.count > 1).then(|| stored.last_at.to_rfc3339()),
            later_request_ids: stored.later_requests.iter().map(ToString::to_string).collect(),
        }
    }
}
