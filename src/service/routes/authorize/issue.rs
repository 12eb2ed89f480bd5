//! Issuing an authorization code, and the redirect that carries it to the client.

use axum::response::Response;

use crate::actions::oauth::authorize::{AuthorizationRefusal, ConsentRequest};
use crate::actions::{ActionError, Change};
use crate::domain::client::Client;
use crate::domain::code::RedirectTarget;
use crate::domain::refusal::Check;
use crate::domain::secret_text::SecretText;
use crate::service::http::answer::redirect;
use crate::service::http::rejection::Rejection;
use crate::service::state::{AppState, reason};

/// Creates or widens the grant by `allow`, issues the code and redirects the browser to the client. Returns `None` if the
/// standing grant that `allow` relies on ended in the meantime.
///
/// # Errors
/// [`Rejection`] if the request is refused after all or the store fails.
pub(crate) async fn issue_code(
    state: &AppState,
    client: &Client,
    request: ConsentRequest,
    allow: impl FnOnce(&mut Change<'_>) -> Result<Result<SecretText, AuthorizationRefusal>, ActionError>
    + Send
    + 'static,
) -> Result<Option<Response>, Rejection> {
    let ConsentRequest { redirect_uri, state: client_state, scopes, .. } = request;
    let to_client =
        |rejection: Rejection| rejection.of(client).by_redirect(&redirect_uri, client_state.as_deref());
    let code = state
        .writer
        .submit(move |job| job.change(&reason("the user allowed it"), allow))
        .await
        .map_err(|error| to_client(error.into()))?;
    let code = match code.map_err(|error| to_client(failed_check(&error).into()))? {
        Ok(code) => code,
        Err(AuthorizationRefusal::Lapsed) => return Ok(None),
        Err(AuthorizationRefusal::Request(refusal)) => return Err(to_client(refusal.into())),
        Err(AuthorizationRefusal::Page(refusal)) => {
            return Err(Rejection::from(refusal).of(client).on_page());
        }
    };
    // The client asked for every scope of the request, also for those that the user did not allow.
    state.usage.scopes(&client.id, &scopes, state.now());
    let issuer = state.issuer().map_err(|error| to_client(error.into()))?;
    Ok(Some(code_response(&redirect_uri, &code, client_state.as_deref(), issuer.as_str())))
}

/// Returns the check that failed when the grant was not made. All of this was checked before, and may have changed since.
fn failed_check(error: &ActionError) -> Check {
    match error {
        ActionError::UnknownScope { .. }
        | ActionError::ScopesJoined { .. }
        | ActionError::BeyondConsumer { .. }
        | ActionError::GrantScopesRequired => Check::ScopeNone,
        ActionError::UserDisabled { .. }
        | ActionError::NotForUsers { .. }
        | ActionError::Ended { .. }
        | ActionError::Invalid(_)
        | ActionError::Forbidden { .. } => Check::UserDenied,
        _ => Check::StoreUnavailable,
    }
}

/// The success answer of RFC 6749 section 4.1.2, with the issuer of RFC 9207.
#[expect(clippy::disallowed_methods, reason = "this answer carries the code to the client")]
fn code_response(
    redirect_uri: &RedirectTarget,
    code: &SecretText,
    state: Option<&str>,
    issuer: &str,
) -> Response {
    let mut parameters = vec![("code", code.expose())];
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", issuer));
    redirect(redirect_uri, &parameters)
}
