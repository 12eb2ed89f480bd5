//! The two routers: endpoints for programs, and pages for browsers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::MethodFilter;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

use crate::service::edge::limits::Limits;
use crate::service::http::context::RequestContext;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::paths;
use crate::service::routes::authorize::{consent, request, sign_in, sign_out};
use crate::service::routes::error_layer::{
    RouteKind, answer, api, not_found, page, within_hosts, within_limits,
};
use crate::service::routes::{account, assets, developers, introspect, metadata, revoke, token};
use crate::service::state::AppState;

/// Returns the router of the endpoints that programs call. It also answers unknown paths.
pub(crate) fn api_routes(state: &Arc<AppState>, limits: Limits) -> Router<Arc<AppState>> {
    let router = Router::new()
        .route(paths::METADATA, api(MethodFilter::GET, metadata::get))
        .route(paths::METADATA_WITH_PATH, api(MethodFilter::GET, metadata::get_with_path))
        .route(paths::ASSET, api(MethodFilter::GET, assets::get))
        .route(paths::TOKEN, api(MethodFilter::POST, token::post))
        .route(paths::INTROSPECT, api(MethodFilter::POST, introspect::post))
        .route(paths::REVOKE, api(MethodFilter::POST, revoke::post))
        .fallback(not_found);
    with_layers(router, state, limits, RouteKind::Api)
}

/// Returns the router of the pages that browsers open.
pub(crate) fn page_routes(state: &Arc<AppState>, limits: Limits) -> Router<Arc<AppState>> {
    let get = MethodFilter::GET;
    let post = MethodFilter::POST;
    let router = Router::new()
        .route(paths::AUTHORIZE, page(get, request::get).merge(page(post, request::post)))
        .route(paths::CONSENT, page(post, consent::post))
        .route(paths::SIGN_IN, page(get, sign_in::get).merge(page(post, sign_in::post)))
        .route(paths::SIGN_OUT, page(get, sign_out::get).merge(page(post, sign_out::post)))
        .route(paths::APPLICATIONS, page(get, account::get))
        .route(paths::DEVELOPERS, page(get, developers::get))
        .route(paths::APPLICATION_REVOKE, page(post, account::revoke))
        .route(paths::APPLICATIONS_REVOKE_ALL, page(post, account::revoke_all));
    with_layers(router, state, limits, RouteKind::Page)
}

/// Answers a request whose path matches no route as it is. A proxy may pass on the path of the issuer or take it off, so the
/// rest of a path below the issuer's is tried as well.
pub(crate) async fn below_issuer(state: Arc<AppState>, mut request: Request, routes: Router) -> Response {
    let rest = state.issuer().ok().and_then(|issuer| path_below(request.uri(), issuer.path()));
    if let Some(rest) = rest {
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(rest);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    match TowerToHyperService::new(routes).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Returns the path below `path`, with the query.
fn path_below(uri: &Uri, path: &str) -> Option<PathAndQuery> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(path)?;
    if path.is_empty() || !rest.starts_with('/') { None } else { rest.parse().ok() }
}

fn with_layers(
    router: Router<Arc<AppState>>,
    state: &Arc<AppState>,
    limits: Limits,
    kind: RouteKind,
) -> Router<Arc<AppState>> {
    router
        .method_not_allowed_fallback(move |State(state): State<Arc<AppState>>, request: Request| async move {
            answer(&state, &RequestContext::of(&request), kind, OAuthError::MethodNotAllowed.into())
        })
        .layer(from_fn_with_state((Arc::clone(state), limits, kind), within_limits))
        .layer(from_fn_with_state(Arc::clone(state), within_hosts))
}
