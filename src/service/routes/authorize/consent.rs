//! The consent page: the user sees who asks for what, and allows or denies.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::actions::oauth::authorize;
use crate::actions::oauth::authorize::{Prompt, ValidRequest};
use crate::credentials::digest::Digest;
use crate::domain::grant::Grant;
use crate::domain::name::Text;
use crate::domain::refusal::{Check, FormFault};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::csrf::same_origin;
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::parameters::Parameters;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::Theme;
use crate::service::pages::response::{language, page, person, return_host, title};
use crate::service::pages::{
    ConsentPage, Frame, HiddenField, RequestedScope, RequestingApplication, ScopeWords,
};
use crate::service::routes::authorize::request;
use crate::service::routes::authorize::request::with_prompt;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;

/// Shows the consent page.
pub(crate) async fn ask(
    state: &AppState,
    headers: &HeaderMap,
    browser_context: BrowserContext,
    query: &str,
    checking: ValidRequest,
    granted: Option<Grant>,
) -> Result<Response, Rejection> {
    let ValidRequest { client, request, prompt } = checking;
    let told = |rejection: Rejection| {
        rejection.of(&client).by_redirect(&request.redirect_uri, request.state.as_deref())
    };
    let Some(session) = browser_context.session else { return Err(told(Check::LoginRequired.into())) };
    let (asked, digest) = (request.clone(), session.digest.clone());
    let form = state
        .writer
        .submit(move |job| authorize::ask(job.write, job.random, job.now, &digest, &asked))
        .await
        .map_err(|error| told(error.into()))?;
    let read = state.store.read().map_err(|error| told(error.into()))?;
    let look = Theme::read(state, read.as_ref()).map_err(|error| told(error.into()))?;
    let declared = read.scopes().map_err(|error| told(error.into()))?;
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
            granted: granted.as_ref().is_some_and(|grant| grant.scopes.contains(scope)),
        })
        .collect();
    let frame = Frame::new(&look, language(headers.get(ACCEPT_LANGUAGE)));
    // Whoever signs in instead is asked as this one is.
    let again = match prompt {
        Prompt::AsNeeded { consent: true, .. } => "login consent",
        Prompt::AsNeeded { consent: false, .. } | Prompt::None => "login",
    };
    let other_account = format!("{}?{}", paths::AUTHORIZE, with_prompt(query, Some(again)));
    let html = ConsentPage {
        frame,
        asking: RequestingApplication {
            title: title(&client),
            client_id: client.id.as_str(),
            return_host: &return_host(&request.redirect_uri),
            owner: client.owner.as_ref().map(Text::as_str),
            description: client.description.as_ref().map(Text::as_str),
        },
        person: person(&session.held.user),
        scopes: &scopes,
        action: paths::AUTHORIZE,
        hidden: &[hidden_form(&form)],
        other_account: &other_account,
    }
    .html();
    Ok(page(StatusCode::OK, frame, html, Some(&request.redirect_uri)))
}

#[expect(clippy::disallowed_methods, reason = "the token goes into the page's form")]
fn hidden_form(form: &SecretText) -> HiddenField<'_> {
    HiddenField { name: "form", value: form.expose() }
}

/// Takes the user's decision.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { headers, parameters: mut form, .. } =
        FormRequest::read_long(request).await.map_err(Rejection::on_page)?;
    let now = state.now();
    let (session, user, form_digest, request, client) = {
        let read = state.store.read().map_err(on_page)?;
        let issuer = state.issuer_in(read.as_ref()).map_err(on_page)?;
        same_origin(&headers, &issuer).map_err(on_page)?;
        let browser_context = BrowserContext::read(&state, read.as_ref(), &headers, now).map_err(on_page)?;
        let Some(session) = browser_context.session else {
            return Err(on_page(Check::Form(FormFault::Expired)));
        };
        let Some(token) = form.secret("form") else {
            return Err(on_page(Check::Form(FormFault::Foreign)).about(&session.held.user));
        };
        let digest = Digest::of(&token);
        let request = read.consent_request(&digest, &session.digest, now).map_err(on_page)?;
        // Answered before, open for too long, or another session's.
        let Some(request) = request else {
            return Err(on_page(Check::Form(FormFault::Decided)).about(&session.held.user));
        };
        let client = read.client(&request.client).map_err(on_page)?;
        let Some(client) = client else { return Err(on_page(Check::StoreUnavailable)) };
        (session.digest, session.held.user, digest, request, client)
    };
    let decision = form.text("decision").unwrap_or_default().to_owned();
    if decision != "allow" && decision != "deny" {
        return Err(on_page(Check::Request("the decision is missing")));
    }
    let allowed: ScopeSet = if decision == "allow" { ticked(&form) } else { ScopeSet::default() };
    let noted = LogContext { user: Some(user.id.clone()), ..LogContext::of_client(&client.id) };
    let asked = request.clone();
    let answer = request::issue(&state, &client, request, move |change| {
        authorize::answer_consent(change, &session, &form_digest, &asked, allowed)
    });
    let answer = answer.await.map_err(|rejection| rejection.about(&user))?;
    // Sent twice at once, it was answered by the other.
    let answer = answer.ok_or_else(|| on_page(Check::Form(FormFault::Decided)).about(&user))?;
    Ok((noted, answer))
}

fn ticked(form: &Parameters) -> ScopeSet {
    let mut scopes = ScopeSet::default();
    for scope in form.texts("scope").filter_map(|text| text.parse().ok()) {
        scopes.insert(scope);
    }
    scopes
}
