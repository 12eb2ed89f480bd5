//! The sign-out page and its form.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::ACCEPT_LANGUAGE;

use crate::service::http::cookies::BrowserContext;
use crate::service::http::csrf::{account_token, check_form, same_origin};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::response::{FormTarget, language, page};
use crate::service::pages::{ConfirmPage, HiddenField, MessagePage, PageContext, Theme};
use crate::service::routes::error_layer::HandlerResult;
use crate::service::routes::page_redirect::redirect_to_page;
use crate::service::state::AppState;

/// Asks whether to sign out, or reports that no user is signed in. It ends no session, because any site can link to it.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let read = state.store.read().map_err(on_page)?;
    let browser_context =
        BrowserContext::read(&state, read.as_ref(), request.headers(), state.now()).map_err(on_page)?;
    let theme = Theme::read(&state, read.as_ref()).map_err(on_page)?;
    let context = PageContext::new(&theme, language(request.headers().get(ACCEPT_LANGUAGE)));
    let html = match &browser_context.session {
        Some(session) => {
            let token = account_token(&session.cookie);
            let hidden = [HiddenField { name: "token", value: &token }];
            ConfirmPage::sign_out(context, paths::SIGN_OUT, &hidden, paths::APPLICATIONS).html()
        }
        None => MessagePage::signed_out(context, paths::SIGN_IN).html(),
    };
    Ok((LogContext::default(), page(StatusCode::OK, context, html, FormTarget::Service)))
}

/// Ends the session and removes its cookie.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { headers, parameters, .. } =
        FormRequest::read(request).await.map_err(Rejection::on_page)?;
    let (browser_context, issuer) = {
        let read = state.store.read().map_err(on_page)?;
        let browser_context =
            BrowserContext::read(&state, read.as_ref(), &headers, state.now()).map_err(on_page)?;
        (browser_context, state.issuer_in(read.as_ref()).map_err(on_page)?)
    };
    // A form of another site arrives without the cookie, although the user may be signed in.
    same_origin(&headers, &issuer).map_err(on_page)?;
    let mut log = LogContext::default();
    if let Some(session) = &browser_context.session {
        let expected = account_token(&session.cookie);
        check_form(&headers, &issuer, &expected, parameters.text("token"))
            .map_err(|check| on_page(check).about(&session.record.user))?;
        log.user = Some(session.record.user.id.clone());
        let digest = session.digest.clone();
        let end = state.writer.submit(move |job| job.write.end_session(&digest));
        end.await.map_err(on_page)?;
    }
    let mut response = redirect_to_page(&state, paths::SIGN_OUT)?;
    if browser_context.session.is_some() || browser_context.was_signed_in {
        browser_context.clear_session_cookie(&mut response);
    }
    Ok((log, response))
}
