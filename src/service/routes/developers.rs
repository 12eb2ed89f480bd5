//! The page for developers of clients.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::ACCEPT_LANGUAGE;

use crate::service::http::layer::LogContext;
use crate::service::http::paths;
use crate::service::http::rejection::on_page;
use crate::service::pages::response::{FormTarget, language, page};
use crate::service::pages::{MessagePage, PageContext, Theme};
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;

/// Returns the page that the metadata names as its documentation.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let read = state.store.read().map_err(on_page)?;
    let theme = Theme::read(&state, read.as_ref()).map_err(on_page)?;
    let context = PageContext::new(&theme, language(request.headers().get(ACCEPT_LANGUAGE)));
    let html = MessagePage::for_developers(context, paths::METADATA).html();
    Ok((LogContext::default(), page(StatusCode::OK, context, html, FormTarget::Service)))
}
