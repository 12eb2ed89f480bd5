//! The authorization endpoint (RFC 6749 section 3.1): the user signs in, sees who asks for what, allows or denies.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use url::form_urlencoded;

use crate::actions::oauth::authorize;
use crate::actions::oauth::authorize::{Allowance, Destination, NextStep, NotAllowed, ValidRequest};
use crate::actions::{ActionError, Change};
use crate::credentials::digest::Digest;
use crate::domain::client::Client;
use crate::domain::code::RedirectTarget;
use crate::domain::refusal::Check;
use crate::domain::secret_text::SecretText;
use crate::service::http::answer::redirect;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::layer::LogContext;
use crate::service::http::parameters::Parameters;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::routes::authorize::{consent, sign_in};
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::{AppState, reason};
use crate::store::ReadTx;
use crate::store::codes::ConsentRequest;

pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let query = request.uri().query().unwrap_or_default().to_owned();
    loop {
        let (browser_context, judged) = {
            let read = state.store.read().map_err(on_page)?;
            judge(&state, read.as_ref(), &query, request.headers())?
        };
        let log = LogContext {
            user: browser_context.session.as_ref().map(|session| session.held.user.id.clone()),
            ..LogContext::of_client(&judged.checking.client.id)
        };
        let answer = match judged.next {
            NextStep::SignIn => {
                let ValidRequest { client, request: asked, .. } = &judged.checking;
                sign_in::for_client(
                    &state,
                    request.headers(),
                    browser_context,
                    &query,
                    client,
                    &asked.redirect_uri,
                )?
            }
            NextStep::Ask { granted } => {
                consent::ask(&state, request.headers(), browser_context, &query, judged.checking, granted)
                    .await?
            }
            NextStep::Allowed => {
                let ValidRequest { client, request: asked, .. } = judged.checking;
                let session = session_digest(&browser_context)?;
                let standing = asked.clone();
                let issued = issue(&state, &client, asked, move |change| {
                    authorize::allow(change, &session, &standing, &Allowance::Standing)
                });
                match issued.await? {
                    Some(answer) => answer,
                    // What was granted has been revoked since it was looked at: it is judged by what is now.
                    None => continue,
                }
            }
        };
        return Ok((log, answer));
    }
}

/// A request that was found good, and what comes next.
pub(crate) struct AuthorizationStep {
    /// The request.
    pub checking: ValidRequest,
    /// What comes next.
    pub next: NextStep,
}

/// Checks an authorization request in one snapshot.
///
/// # Errors
/// A page until it is known where the client may be told, from then on the client.
pub(crate) fn judge(
    state: &AppState,
    read: &dyn ReadTx,
    query: &str,
    headers: &HeaderMap,
) -> Result<(BrowserContext, AuthorizationStep), Rejection> {
    let now = state.now();
    let parameters = Parameters::read(query.as_bytes()).map_err(on_page)?;
    let destination = destination(state, read, &parameters)?;
    let client = destination.client.clone();
    let redirect_uri = destination.redirect_uri.clone();
    let client_state = parameters.text("state").filter(|_| !parameters.is_repeated("state"));
    let told = |rejection: Rejection| rejection.of(&client).by_redirect(&redirect_uri, client_state);
    parameters.each_once().map_err(|check| told(check.into()))?;
    let others = authorize::AuthorizationParameters {
        response_type: parameters.text("response_type"),
        scope: parameters.text("scope"),
        state: client_state,
        code_challenge: parameters.text("code_challenge"),
        code_challenge_method: parameters.text("code_challenge_method"),
        prompt: parameters.text("prompt"),
        request_object: ["request", "request_uri"].into_iter().find(|name| parameters.text(name).is_some()),
    };
    let checking = authorize::check(read, destination, others)
        .map_err(|error| told(error.into()))?
        .into_result()
        .map_err(|refusal| told(refusal.into()))?;
    let browser_context =
        BrowserContext::read(state, read, headers, now).map_err(|error| told(error.into()))?;
    let held = browser_context.session.as_ref().map(|session| &session.held);
    let next = authorize::next_step(read, &checking, held)
        .map_err(|error| told(error.into()))?
        .into_result()
        .map_err(|refusal| Rejection::from(refusal).by_redirect(&redirect_uri, client_state))?;
    Ok((browser_context, AuthorizationStep { checking, next }))
}

/// Who asks and where the answer goes.
///
/// # Errors
/// A page: nothing is sent to an address that was not checked.
fn destination(
    state: &AppState,
    read: &dyn ReadTx,
    parameters: &Parameters,
) -> Result<Destination, Rejection> {
    let client_id = parameters.text("client_id");
    let refused = |rejection: Rejection| rejection.by(client_id).on_page();
    if parameters.is_repeated("client_id") {
        return Err(refused(Check::ParameterRepeated("client_id").into()));
    }
    if parameters.is_repeated("redirect_uri") {
        return Err(refused(Check::RedirectRepeated.into()));
    }
    let found = authorize::destination(read, client_id, parameters.text("redirect_uri"), state.now())
        .map_err(|error| refused(error.into()))?;
    found.into_result().map_err(|refusal| Rejection::from(refusal).on_page())
}

fn session_digest(browser_context: &BrowserContext) -> Result<Digest, Rejection> {
    let session = browser_context.session.as_ref();
    session.map(|session| session.digest.clone()).ok_or_else(|| Check::LoginRequired.into())
}

/// What of an authorization request is sent along until it is answered. The rest has no meaning, and may be a secret that
/// somebody put there by mistake.
const KEPT: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// A query with what has a meaning, and with this `prompt`.
pub(crate) fn with_prompt(query: &str, prompt: Option<&str>) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| KEPT.contains(&name.as_ref())),
    );
    if let Some(prompt) = prompt {
        pairs.append_pair("prompt", prompt);
    }
    pairs.finish()
}

/// Makes or widens the grant, issues the code and sends the browser back with it; nothing where what this rested on
/// is over.
pub(crate) async fn issue(
    state: &AppState,
    client: &Client,
    request: ConsentRequest,
    allow: impl FnOnce(&mut Change<'_>) -> Result<Result<SecretText, NotAllowed>, ActionError> + Send + 'static,
) -> Result<Option<Response>, Rejection> {
    let ConsentRequest { redirect_uri, state: client_state, .. } = request;
    let told =
        |rejection: Rejection| rejection.of(client).by_redirect(&redirect_uri, client_state.as_deref());
    let code = state
        .writer
        .submit(move |job| job.change(&reason("the user allowed it"), allow))
        .await
        .map_err(|error| told(error.into()))?;
    let code = match code.map_err(|error| told(refused_grant(&error).into()))? {
        Ok(code) => code,
        Err(NotAllowed::Lapsed) => return Ok(None),
        Err(NotAllowed::Request(refusal)) => return Err(told(refusal.into())),
        Err(NotAllowed::Destination(refusal)) => return Err(Rejection::from(refusal).on_page()),
    };
    let issuer = state.issuer().map_err(|error| told(error.into()))?;
    Ok(Some(to_client(&redirect_uri, &code, client_state.as_deref(), issuer.as_str())))
}

/// Why the grant was not made. All of this was checked before; it may have changed since.
fn refused_grant(error: &ActionError) -> Check {
    match error {
        ActionError::UnknownScope { .. } | ActionError::BeyondConsumer { .. } => Check::ScopeNone,
        ActionError::UserDisabled { .. }
        | ActionError::NotForUsers { .. }
        | ActionError::Ended { .. }
        | ActionError::Invalid(_) => Check::UserDenied,
        _ => Check::StoreUnavailable,
    }
}

/// The success answer of RFC 6749 section 4.1.2, with the issuer of RFC 9207.
#[expect(clippy::disallowed_methods, reason = "this answer is how the code is handed over")]
fn to_client(
    redirect_uri: &RedirectTarget,
    code: &SecretText,
    state: Option<&str>,
    issuer: &str,
) -> Response {
    let mut parameters = vec![("code", code.expose())];
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", issuer));
    redirect(redirect_uri, &parameters)
}
