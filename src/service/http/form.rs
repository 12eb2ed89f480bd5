//! The form in the body of a request.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::Extensions;
use axum::http::HeaderMap;

use crate::service::edge::proxy::ClientAddress;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::parameters::{Parameters, ParametersError};
use crate::service::http::rejection::Rejection;

/// A request with a form as its body.
pub(crate) struct FormRequest {
    pub address: ClientAddress,
    pub headers: HeaderMap,
    pub parameters: Parameters,
}

impl FormRequest {
    /// Reads the form of a request.
    ///
    /// # Errors
    /// [`Rejection`] if the body is not a form or repeats a parameter.
    pub(crate) async fn read(request: Request) -> Result<Self, Rejection> {
        let form = Self::read_with(request, Parameters::read_form).await?;
        let parameters = &form.parameters;
        parameters.each_once().map_err(|check| Rejection::from(check).by(parameters.text("client_id")))?;
        Ok(form)
    }

    /// Reads the form of a request that may have many parameters, and some of them repeated.
    ///
    /// # Errors
    /// [`Rejection`] if the body is not a form.
    pub(crate) async fn read_long(request: Request) -> Result<Self, Rejection> {
        Self::read_with(request, Parameters::read_long_form).await
    }

    async fn read_with(
        request: Request,
        read: fn(&HeaderMap, &[u8]) -> Result<Parameters, ParametersError>,
    ) -> Result<Self, Rejection> {
        let (parts, body) = request.into_parts();
        let address = address(&parts.extensions);
        // `within_limits` has already read the whole body.
        let body = Bytes::from_request(Request::new(body), &())
            .await
            .map_err(|_| OAuthError::InvalidRequest("the body is incomplete"))?;
        let parameters = read(&parts.headers, &body)?;
        Ok(Self { address, headers: parts.headers, parameters })
    }
}

fn address(extensions: &Extensions) -> ClientAddress {
    extensions.get().copied().unwrap_or(ClientAddress::Unknown)
}
