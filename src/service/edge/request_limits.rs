//! Limits of one request: size of head and body, time for the body and for the answer.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;

use crate::service::edge::limits::Limits;
use crate::service::edge::slots::ConnectionState;

/// The limit that a request exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitError {
    TargetTooLong,
    /// The headers are too long or too many.
    HeadersTooLarge,
    BodyTooLarge,
    BodyTooSlow,
    /// The connection was closed within the body, or the body is malformed.
    BodyBroken,
    AnswerTooSlow,
}

/// Checks the size of the head. The limits of hyper are a little higher, because its own response has no body.
fn check_head(limits: &Limits, request: &Request) -> Result<(), LimitError> {
    let (target, headers) = (request.uri(), request.headers());
    if target.path_and_query().map_or(0, |target| target.as_str().len()) > limits.target_bytes {
        return Err(LimitError::TargetTooLong);
    }
    // Each line has a colon, a space, CR and LF.
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > limits.headers || bytes > limits.header_bytes {
        return Err(LimitError::HeadersTooLarge);
    }
    Ok(())
}

/// Reads the whole body, then runs the inner layers.
///
/// # Errors
/// The [`LimitError`] of the first limit that the request exceeds.
pub(crate) async fn run_within(limits: Limits, request: Request, next: Next) -> Result<Response, LimitError> {
    check_head(&limits, &request)?;
    let (parts, body) = request.into_parts();
    let read = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    let body = match timeout(limits.body, read).await {
        Ok(Ok(body)) => body,
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Err(LimitError::BodyTooLarge);
        }
        Ok(Err(_)) => return Err(LimitError::BodyBroken),
        Err(_) => return Err(LimitError::BodyTooSlow),
    };
    if let Some(connection_state) = parts.extensions.get::<Arc<ConnectionState>>() {
        connection_state.request_read();
    }
    let response = next.run(Request::from_parts(parts, Body::from(body)));
    timeout(limits.answer, response).await.map_err(|_| LimitError::AnswerTooSlow)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::middleware::from_fn;
    use axum::routing::post;

    use super::*;
    use crate::service::http::oauth_error::OAuthError;

    const SHORT: Duration = Duration::from_millis(50);

    /// A body that stalls after one byte. The flag is true once that byte was read.
    struct StalledBody(bool);

    impl hyper::body::Body for StalledBody {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
            if std::mem::replace(&mut self.0, true) {
                return std::task::Poll::Pending;
            }
            std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(Bytes::from_static(b"a")))))
        }
    }

    fn status(path: &str, body: Body) -> (StatusCode, String) {
        let limits = Limits { body: SHORT, answer: SHORT, ..Limits::default() };
        let router = Router::new()
            .route("/", post(|body: Bytes| async move { body }))
            .route("/slow", post(std::future::pending::<()>))
            .layer(from_fn(move |request, next| async move {
                run_within(limits, request, next).await.map_err(OAuthError::from)
            }))
            .layer(DefaultBodyLimit::max(8));
        let request = Request::post(path).body(body).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let service = hyper_util::service::TowerToHyperService::new(router);
            let response = hyper::service::Service::call(&service, request).await.unwrap();
            let status = response.status();
            let cache_control = response.headers().get("cache-control").cloned();
            let text = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
            let text = String::from_utf8(text.to_vec()).unwrap();
            assert!(status.is_success() || cache_control.unwrap() == "no-store");
            (status, text)
        })
    }

    #[test]
    fn slow_and_large_requests_get_oauth_errors() {
        assert_eq!(status("/", Body::from("12345678")), (StatusCode::OK, "12345678".to_owned()));
        for (path, body, expected, error) in [
            ("/", Body::from("123456789"), StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
            ("/", Body::new(StalledBody(false)), StatusCode::REQUEST_TIMEOUT, "invalid_request"),
            ("/slow", Body::empty(), StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        ] {
            let (status, text) = status(path, body);
            assert_eq!(status, expected, "{text}");
            assert!(text.starts_with(&format!("{{\"error\":\"{error}\"")), "{text}");
        }
    }
}
