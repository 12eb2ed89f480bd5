//! Signing out.

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::response::Response;

use crate::service::http::cookies::{Visitor, check_form, same_origin};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::rejection::{Rejection, on_a_page};
use crate::service::pages::response::{language, page};
use crate::service::pages::{Confirm, Frame, Hidden, Message};
use crate::service::routes::account;
use crate::service::routes::authorize::sign_in;
use crate::service::state::State;

/// The path of this endpoint.
pub(crate) const PATH: &str = "/logout";

/// Asks whether to sign out, or says that nobody is signed in. A link alone ends nothing.
pub(crate) async fn get(Shared(state): Shared<Arc<State>>, request: Request) -> Result<Response, Rejection> {
    let read = state.store.read().map_err(on_a_page)?;
    let visitor = Visitor::read(&state, read.as_ref(), request.headers(), state.now()).map_err(on_a_page)?;
    let look = state.look_in(read.as_ref()).map_err(on_a_page)?;
    let frame = Frame::new(&look, language(request.headers().get(ACCEPT_LANGUAGE)));
    let html = match &visitor.session {
        Some(session) => {
            let token = account::token(session);
            let hidden = [Hidden { name: "token", value: &token }];
            Confirm::sign_out(frame, PATH, &hidden, account::PATH).html()
        }
        None => Message::signed_out(frame, sign_in::PATH).html(),
    };
    Ok(page(StatusCode::OK, frame, html, None))
}

pub(crate) async fn post(
    Shared(state): Shared<Arc<State>>,
    request: Request,
) -> Result<(LogContext, Response), Rejection> {
    let FormRequest { headers, parameters, .. } =
        FormRequest::read(request).await.map_err(Rejection::on_a_page)?;
    let (visitor, issuer) = {
        let read = state.store.read().map_err(on_a_page)?;
        let visitor = Visitor::read(&state, read.as_ref(), &headers, state.now()).map_err(on_a_page)?;
        (visitor, state.issuer_in(read.as_ref()).map_err(on_a_page)?)
    };
    // A browser leaves the cookie out of another site's form: no session then does not mean nobody is signed in.
    same_origin(&headers, &issuer).map_err(on_a_page)?;
    let mut noted = LogContext::default();
    if let Some(session) = &visitor.session {
        let expected = account::token(session);
        check_form(&headers, &issuer, &expected, parameters.text("token"))
            .map_err(|check| on_a_page(check).about(&session.held.user))?;
        noted.user = Some(session.held.user.id.clone());
        let digest = session.digest.clone();
        let ended = state.writer.submit(move |job| job.write.end_session(&digest));
        ended.await.map_err(on_a_page)?;
    }
    let mut response = sign_in::to(&state, PATH)?;
    if visitor.session.is_some() || visitor.was_signed_in {
        visitor.forget_session(&mut response);
    }
    Ok((noted, response))
}
