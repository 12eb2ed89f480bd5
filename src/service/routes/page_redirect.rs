//! Redirects of the browser to a page of the service.

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::domain::refusal::Check;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::state::AppState;

/// Returns a redirect by GET to a path of the service, below the issuer's path.
///
/// # Errors
/// [`Rejection`], answered on an error page, if the store cannot be read or a header cannot contain the path.
pub(crate) fn redirect_to_page(state: &AppState, path: &str) -> Result<Response, Rejection> {
    let issuer = state.issuer().map_err(on_page)?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(&format!("{}{path}", issuer.path()))
        .map_err(|_| on_page(Check::Request("the request cannot be used as a redirect")))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}
