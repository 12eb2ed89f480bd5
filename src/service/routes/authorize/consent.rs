//! The consent page, on which the user allows or denies an authorization request.

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
use crate::service::pages::response::{language, page, page_user, return_host, title};
use crate::service::pages::{
    ConsentPage, HiddenField, PageContext, RequestedScope, RequestingApplication, ScopeWords, Theme,
};
use crate::service::routes::authorize::issue::issue_code;
use crate::service::routes::authorize::query::with_prompt;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;

/// Stores the consent request and returns the consent page.
///
/// # Errors
/// [`Rejection`], answered by a redirect to the client, if no user is signed in or the store fails.
pub(crate) async fn show(
    state: &AppState,
    headers: &HeaderMap,
    browser_context: BrowserContext,
    query: &str,
    valid: ValidRequest,
    granted: Option<Grant>,
) -> Result<Response, Rejection> {
    let ValidRequest { client, request, prompt } = valid;
    let to_client = |rejection: Rejection| {
        rejection.of(&client).by_redirect(&request.redirect_uri, request.state.as_deref())
    };
    let Some(session) = browser_context.session else { return Err(to_client(Check::LoginRequired.into())) };
    let (consent_request, digest) = (request.clone(), session.digest.clone());
    let form = state
        .writer
        .submit(move |job| authorize::ask(job.write, job.random, job.now, &digest, &consent_request))
        .await
        .map_err(|error| to_client(error.into()))?;
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
            granted: granted.as_ref().is_some_and(|grant| grant.scopes.contains(scope)),
        })
        .collect();
    let context = PageContext::new(&theme, language(headers.get(ACCEPT_LANGUAGE)));
    // Another account gets the consent page if `prompt` requires it for this one.
    let prompt = match prompt {
        Prompt::AsNeeded { consent: true, .. } => "login consent",
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
        action: paths::AUTHORIZE,
        hidden: &[hidden_form(&form)],
        other_account: &other_account,
    }
    .html();
    Ok(page(StatusCode::OK, context, html, Some(&request.redirect_uri)))
}

#[expect(clippy::disallowed_methods, reason = "the token is a hidden field of the page's form")]
fn hidden_form(form: &SecretText) -> HiddenField<'_> {
    HiddenField { name: "form", value: form.expose() }
}

/// Takes the user's decision and redirects the browser to the client with a code or an error.
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
            return Err(on_page(Check::Form(FormFault::Foreign)).about(&session.record.user));
        };
        let digest = Digest::of(&token);
        let request = read.consent_request(&digest, &session.digest, now).map_err(on_page)?;
        // It was answered before, was open for too long, or belongs to another session.
        let Some(request) = request else {
            return Err(on_page(Check::Form(FormFault::Decided)).about(&session.record.user));
        };
        let client = read.client(&request.client).map_err(on_page)?;
        let Some(client) = client else { return Err(on_page(Check::StoreUnavailable)) };
        (session.digest, session.record.user, digest, request, client)
    };
    let decision = form.text("decision").unwrap_or_default().to_owned();
    if decision != "allow" && decision != "deny" {
        return Err(on_page(Check::Request("decision is missing")));
    }
    let allowed: ScopeSet = if decision == "allow" { ticked(&form) } else { ScopeSet::default() };
    let log = LogContext { user: Some(user.id.clone()), ..LogContext::of_client(&client.id) };
    let consent_request = request.clone();
    let answer = issue_code(&state, &client, request, move |change| {
        authorize::answer_consent(change, &session, &form_digest, &consent_request, allowed)
    });
    let answer = answer.await.map_err(|rejection| rejection.about(&user))?;
    // A second copy of the form, sent at the same time, was answered first.
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
