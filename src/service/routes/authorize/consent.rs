//! The consent page, on which the user allows or denies an authorization request.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::actions::oauth::authorize;
use crate::actions::oauth::authorize::{ConsentAnswer, Prompt, ValidRequest};
use crate::domain::grant::Grant;
use crate::domain::name::Text;
use crate::domain::refusal::{Check, FormFault};
use crate::domain::scope::ScopeSet;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::csrf::same_origin;
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::parameters::Parameters;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::response::{FormTarget, language, page, page_user, return_host, title};
use crate::service::pages::{
    ConsentPage, HiddenField, PageContext, RequestedScope, RequestingApplication, ScopeWords, Theme,
};
use crate::service::routes::authorize::consent_form::ConsentForm;
use crate::service::routes::authorize::issue::issue_code;
use crate::service::routes::authorize::query::{SIGN_IN_AND_CONSENT, with_prompt};
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;

/// Returns the consent page. Nothing is stored: the form carries the request, sealed for the session.
///
/// # Errors
/// [`Rejection`], answered by a redirect to the client, if no user is signed in or the store fails.
pub(crate) fn show(
    state: &AppState,
    headers: &HeaderMap,
    browser_context: BrowserContext,
    query: &str,
    valid: ValidRequest,
    granted: Option<&Grant>,
) -> Result<Response, Rejection> {
    let ValidRequest { client, request, prompt } = valid;
    let to_client = |rejection: Rejection| {
        rejection.of(&client).by_redirect(&request.redirect_uri, request.state.as_deref())
    };
    let Some(session) = browser_context.session else { return Err(to_client(Check::SessionEnded.into())) };
    let form = ConsentForm { request: request.clone(), shown_at: state.now() }.sealed(&session.cookie);
    let read = state.store.read().map_err(|error| to_client(error.into()))?;
    let theme = Theme::read(state, read.as_ref()).map_err(|error| to_client(error.into()))?;
    let declared = read.scopes().map_err(|error| to_client(error.into()))?;
    let scopes: Vec<RequestedScope<'_>> = request
        .scopes
        .iter()
        .map(|scope| RequestedScope {
            words: ScopeWords {
                scope: scope.as_str(),
                description: declared
                    .iter()
                    .find(|entry| entry.scope == *scope)
                    .map(|entry| entry.description.as_str()),
            },
            granted: granted.is_some_and(|grant| grant.scopes.contains(scope)),
        })
        .collect();
    let context = PageContext::new(&theme, language(headers.get(ACCEPT_LANGUAGE)));
    // Another account gets the consent page if `prompt` requires it for this one.
    let prompt = match prompt {
        Prompt::AsNeeded { consent: true, .. } => SIGN_IN_AND_CONSENT,
        Prompt::AsNeeded { consent: false, .. } | Prompt::None => "login",
    };
    let other_account = format!("{}?{}", paths::AUTHORIZE, with_prompt(query, Some(prompt)));
    let html = ConsentPage {
        context,
        application: RequestingApplication {
            title: title(&client),
            client_id: client.id.as_str(),
            return_host: &return_host(&request.redirect_uri),
            owner: client.owner.as_ref().map(Text::as_str),
            description: client.description.as_ref().map(Text::as_str),
        },
        user: page_user(&session.record.user),
        scopes: &scopes,
        action: paths::CONSENT,
        hidden: &[HiddenField { name: "form", value: &form }],
        other_account: &other_account,
    }
    .html();
    Ok(page(StatusCode::OK, context, html, FormTarget::Application))
}

/// Takes the user's decision and redirects the browser to the client with a code or an error.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { headers, parameters: form, .. } =
        FormRequest::read_long(request).await.map_err(Rejection::on_page)?;
    let (session, user, opened, client) = {
        let read = state.store.read().map_err(on_page)?;
        let issuer = state.issuer_in(read.as_ref()).map_err(on_page)?;
        same_origin(&headers, &issuer).map_err(on_page)?;
        let browser_context =
            BrowserContext::read(&state, read.as_ref(), &headers, state.now()).map_err(on_page)?;
        let Some(session) = browser_context.session else {
            return Err(on_page(Check::Form(FormFault::Expired)));
        };
        let opened = form.text("form").and_then(|sealed| ConsentForm::open(&session.cookie, sealed));
        let Some(opened) = opened else {
            return Err(on_page(Check::Form(FormFault::Foreign)).about(&session.record.user));
        };
        let client = read.client(&opened.0.request.client).map_err(on_page)?;
        let Some(client) = client else { return Err(on_page(Check::StoreUnavailable)) };
        (session.digest, session.record.user, opened, client)
    };
    let allowed = match form.text("decision") {
        Some("allow") => ticked(&form),
        Some("deny") => ScopeSet::default(),
        _ => return Err(on_page(Check::Request("decision is missing"))),
    };
    let (ConsentForm { request, shown_at }, digest) = opened;
    let log = LogContext { user: Some(user.id.clone()), ..LogContext::of_client(&client.id) };
    let answer = ConsentAnswer { form: digest, shown_at, request: request.clone(), allowed };
    // Everything is checked again in the transaction that records the decision.
    let answer = issue_code(&state, &client, request, move |change| {
        authorize::answer_consent(change, &session, &answer)
    });
    let answer = answer.await.map_err(|rejection| rejection.about(&user))?;
    // Only a request without a page can lapse.
    let answer = answer.ok_or_else(|| on_page(Check::Form(FormFault::Decided)).about(&user))?;
    Ok((log, answer))
}

fn ticked(form: &Parameters) -> ScopeSet {
    let mut scopes = ScopeSet::default();
    for scope in form.texts("scope").filter_map(|text| text.parse().ok()) {
        scopes.insert(scope);
    }
    scopes
}
