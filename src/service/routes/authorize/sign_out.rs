//! Signing out.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::ACCEPT_LANGUAGE;

use crate::service::http::cookies::BrowserContext;
use crate::service::http::csrf::{check_form, same_origin};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::Theme;
use crate::service::pages::response::{language, page};
use crate::service::pages::{ConfirmPage, Frame, HiddenField, MessagePage};
use crate::service::routes::account;
use crate::service::routes::authorize::sign_in;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;

/// Asks whether to sign out, or says that nobody is signed in. A link alone ends nothing.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let read = state.store.read().map_err(on_page)?;
    let browser_context =
        BrowserContext::read(&state, read.as_ref(), request.headers(), state.now()).map_err(on_page)?;
    let look = Theme::read(&state, read.as_ref()).map_err(on_page)?;
    let frame = Frame::new(&look, language(request.headers().get(ACCEPT_LANGUAGE)));
    let html = match &browser_context.session {
        Some(session) => {
            let token = account::token(session);
            let hidden = [HiddenField { name: "token", value: &token }];
            ConfirmPage::sign_out(frame, paths::SIGN_OUT, &hidden, paths::APPLICATIONS).html()
        }
        None => MessagePage::signed_out(frame, paths::SIGN_IN).html(),
    };
    Ok((LogContext::default(), page(StatusCode::OK, frame, html, None)))
}

pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { headers, parameters, .. } =
        FormRequest::read(request).await.map_err(Rejection::on_page)?;
    let (browser_context, issuer) = {
        let read = state.store.read().map_err(on_page)?;
        let browser_context =
            BrowserContext::read(&state, read.as_ref(), &headers, state.now()).map_err(on_page)?;
        (browser_context, state.issuer_in(read.as_ref()).map_err(on_page)?)
    };
    // A browser leaves the cookie out of another site's form: no session then does not mean nobody is signed in.
    same_origin(&headers, &issuer).map_err(on_page)?;
    let mut noted = LogContext::default();
    if let Some(session) = &browser_context.session {
        let expected = account::token(session);
        check_form(&headers, &issuer, &expected, parameters.text("token"))
            .map_err(|check| on_page(check).about(&session.held.user))?;
        noted.user = Some(session.held.user.id.clone());
        let digest = session.digest.clone();
        let ended = state.writer.submit(move |job| job.write.end_session(&digest));
        ended.await.map_err(on_page)?;
    }
    let mut response = sign_in::to(&state, paths::SIGN_OUT)?;
    if browser_context.session.is_some() || browser_context.was_signed_in {
        browser_context.forget_session(&mut response);
    }
    Ok((noted, response))
}
