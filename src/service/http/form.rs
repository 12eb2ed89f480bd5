//! A form that a program posts.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::Extensions;
use axum::http::HeaderMap;

use crate::domain::refusal::Check;
use crate::service::edge::proxy::ClientAddress;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::parameters::Parameters;
use crate::service::http::rejection::Rejection;

/// A form that a program posts, no parameter of which stands there twice.
pub(crate) struct FormRequest {
    /// Who sent it.
    pub address: ClientAddress,
    /// The headers.
    pub headers: HeaderMap,
    /// The parameters.
    pub parameters: Parameters,
}

impl FormRequest {
    /// Reads the form of a request.
    ///
    /// # Errors
    /// Refuses what is no form, or has a parameter twice.
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
        read: fn(&HeaderMap, &[u8]) -> Result<Parameters, Check>,
    ) -> Result<Self, Rejection> {
        let (parts, body) = request.into_parts();
        let address = address(&parts.extensions);
        // The layer has read the whole body before.
        let body = Bytes::from_request(Request::new(body), &())
            .await
            .map_err(|_| OAuthError::InvalidRequest("the body breaks off"))?;
        let parameters = read(&parts.headers, &body)?;
        Ok(Self { address, headers: parts.headers, parameters })
    }
}

/// Who sent a request.
pub(crate) fn address(extensions: &Extensions) -> ClientAddress {
    let nowhere = || ClientAddress::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    extensions.get::<ClientAddress>().copied().unwrap_or_else(nowhere)
}
