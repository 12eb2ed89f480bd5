//! The authorization endpoint (RFC 6749 section 3.1): the user signs in, sees who asks for what, allows or denies.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State as Shared};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use url::form_urlencoded;

use crate::actions::ActionError;
use crate::actions::authentication::Checked;
use crate::actions::authorization::{self, Allowance, Checking, Destination, Next, Prompt};
use crate::domain::client::Client;
use crate::domain::code::RedirectTarget;
use crate::domain::grant::Grant;
use crate::domain::name::Text;
use crate::domain::refusal::{Check, FormFault};
use crate::domain::scope::ScopeSet;
use crate::secrets::digest::Digest;
use crate::secrets::plain::Plain;
use crate::service::browser::{Visitor, same_origin};
use crate::service::pages::{AskedScope, Asking, Consent, Frame, Hidden, ScopeWords};
use crate::service::parameters::Parameters;
use crate::service::rejection::{Rejection, on_a_page, redirect};
use crate::service::request::Noted;
use crate::service::routes::page::{language, page, person, return_host, title};
use crate::service::routes::sign_in;
use crate::service::state::{State, reason};
use crate::store::codes::ConsentRequest;
use crate::store::{ReadTx, StoreError};

/// The path of this endpoint.
pub(crate) const PATH: &str = "/oauth/authorize";

pub(crate) async fn get(
    Shared(state): Shared<Arc<State>>,
    request: Request,
) -> Result<(Noted, Response), Rejection> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (visitor, judged) = {
        let read = state.store.read().map_err(on_a_page)?;
        judge(&state, read.as_ref(), &query, request.headers())?
    };
    let noted = Noted {
        client: Some(judged.checking.client.id.clone()),
        user: visitor.session.as_ref().map(|session| session.held.user.id.clone()),
    };
    let answer = match judged.next {
        Next::SignIn => {
            let Checking { client, request: asked, .. } = &judged.checking;
            sign_in::for_client(&state, request.headers(), visitor, &query, client, &asked.redirect_uri)?
        }
        Next::Ask { granted } => {
            ask(&state, request.headers(), visitor, &query, judged.checking, granted).await?
        }
        Next::Allowed => {
            let checking = judged.checking;
            let session = session_digest(&visitor)?;
            let decided = allow(&state, session, checking.request.clone(), Allowance::Before).await;
            if checking.prompt != Prompt::None && has_to_be_asked(&decided) {
                ask(&state, request.headers(), visitor, &query, checking, None).await?
            } else {
                told_to_client(&state, &checking.client, &checking.request, decided)?
            }
        }
    };
    Ok((noted, answer))
}

/// A request that was found good, and what comes next.
pub(crate) struct Judged {
    /// The request.
    pub checking: Checking,
    /// What comes next.
    pub next: Next,
}

/// Checks an authorization request in one snapshot.
///
/// # Errors
/// A page until it is known where the client may be told, from then on the client.
pub(crate) fn judge(
    state: &State,
    read: &dyn ReadTx,
    query: &str,
    headers: &HeaderMap,
) -> Result<(Visitor, Judged), Rejection> {
    let now = state.now();
    let parameters = Parameters::read(query.as_bytes()).map_err(on_a_page)?;
    let destination = destination(state, read, &parameters)?;
    let client = destination.client.clone();
    let redirect_uri = destination.redirect_uri.clone();
    let client_state = parameters.text("state").filter(|_| !parameters.is_repeated("state"));
    let told = |rejection: Rejection| rejection.of(&client).by_redirect(&redirect_uri, client_state);
    parameters.each_once().map_err(|check| told(check.into()))?;
    let others = authorization::Parameters {
        response_type: parameters.text("response_type"),
        scope: parameters.text("scope"),
        state: client_state,
        code_challenge: parameters.text("code_challenge"),
        code_challenge_method: parameters.text("code_challenge_method"),
        prompt: parameters.text("prompt"),
        request_object: ["request", "request_uri"].into_iter().find(|name| parameters.text(name).is_some()),
    };
    let checking = authorization::check(read, destination, others)
        .map_err(|error| told(error.into()))?
        .map_err(|check| told(check.into()))?;
    let visitor = Visitor::read(state, read, headers, now).map_err(|error| told(error.into()))?;
    let held = visitor.session.as_ref().map(|session| &session.held);
    let next =
        authorization::next(read, &checking, held).map_err(|error| told(error.into()))?.map_err(|check| {
            let rejection = told(check.into());
            held.iter().fold(rejection, |rejection, held| rejection.about(&held.user))
        })?;
    Ok((visitor, Judged { checking, next }))
}

/// Who asks and where the answer goes.
///
/// # Errors
/// A page: nothing is sent to an address that was not checked.
fn destination(state: &State, read: &dyn ReadTx, parameters: &Parameters) -> Result<Destination, Rejection> {
    let client_id = parameters.text("client_id");
    let refused = |rejection: Rejection| rejection.by(client_id).on_a_page();
    if parameters.is_repeated("client_id") {
        return Err(refused(Check::ParameterRepeated("client_id").into()));
    }
    if parameters.is_repeated("redirect_uri") {
        return Err(refused(Check::RedirectRepeated.into()));
    }
    let found = authorization::destination(read, client_id, parameters.text("redirect_uri"), state.now())
        .map_err(|error| refused(error.into()))?;
    found.map_err(|check| {
        let known = client_id.and_then(|id| id.parse().ok()).and_then(|id| read.client(&id).ok().flatten());
        let rejection = refused(check.into());
        known.iter().fold(rejection, Rejection::of)
    })
}

fn session_digest(visitor: &Visitor) -> Result<Digest, Rejection> {
    let session = visitor.session.as_ref();
    session.map(|session| session.digest.clone()).ok_or_else(|| Check::LoginRequired.into())
}

/// Shows the consent page.
async fn ask(
    state: &State,
    headers: &HeaderMap,
    visitor: Visitor,
    query: &str,
    checking: Checking,
    granted: Option<Grant>,
) -> Result<Response, Rejection> {
    let Checking { client, request, .. } = checking;
    let told = |rejection: Rejection| {
        rejection.of(&client).by_redirect(&request.redirect_uri, request.state.as_deref())
    };
    let Some(session) = visitor.session else { return Err(told(Check::LoginRequired.into())) };
    let (asked, digest) = (request.clone(), session.digest.clone());
    let form = state
        .writer
        .submit(move |turn| authorization::ask(turn.write, turn.random, turn.now, &digest, &asked))
        .await
        .map_err(|error| told(error.into()))?;
    let read = state.store.read().map_err(|error| told(error.into()))?;
    let look = state.look_in(read.as_ref()).map_err(|error| told(error.into()))?;
    let declared = read.scopes().map_err(|error| told(error.into()))?;
    let scopes: Vec<AskedScope<'_>> = request
        .scopes
        .iter()
        .map(|scope| AskedScope {
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
    let other_account = format!("{PATH}?{}", with_prompt(query, Some("login")));
    let html = Consent {
        frame,
        asking: Asking {
            title: title(&client),
            client_id: client.id.as_str(),
            return_host: &return_host(&request.redirect_uri),
            owner: client.owner.as_ref().map(Text::as_str),
            description: client.description.as_ref().map(Text::as_str),
        },
        person: person(&session.held.user),
        scopes: &scopes,
        action: PATH,
        hidden: &[hidden_form(&form)],
        other_account: &other_account,
    }
    .html();
    Ok(page(StatusCode::OK, frame, html, Some(&request.redirect_uri)))
}

#[expect(clippy::disallowed_methods, reason = "the token goes into the page's form")]
fn hidden_form(form: &Plain) -> Hidden<'_> {
    Hidden { name: "form", value: form.expose() }
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

pub(crate) async fn post(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(Noted, Response), Rejection> {
    let mut form = Parameters::read_form(&headers, &body).map_err(on_a_page)?;
    let now = state.now();
    let (session, user, form_digest, request, client) = {
        let read = state.store.read().map_err(on_a_page)?;
        let issuer = state.issuer_in(read.as_ref()).map_err(on_a_page)?;
        same_origin(&headers, &issuer).map_err(on_a_page)?;
        let visitor = Visitor::read(&state, read.as_ref(), &headers, now).map_err(on_a_page)?;
        let Some(session) = visitor.session else {
            return Err(on_a_page(Check::Form(FormFault::Expired)));
        };
        let Some(token) = form.secret("form") else {
            return Err(on_a_page(Check::Form(FormFault::Foreign)).about(&session.held.user));
        };
        let digest = Digest::of(&token);
        let request = read.consent_request(&digest, &session.digest, now).map_err(on_a_page)?;
        // Answered before, open for too long, or another session's.
        let Some(request) = request else {
            return Err(on_a_page(Check::Form(FormFault::Decided)).about(&session.held.user));
        };
        let client = read.client(&request.client).map_err(on_a_page)?;
        let Some(client) = client else { return Err(on_a_page(Check::StoreUnavailable)) };
        (session.digest, session.held.user, digest, request, client)
    };
    let decision = form.text("decision").unwrap_or_default().to_owned();
    if decision != "allow" && decision != "deny" {
        return Err(on_a_page(Check::Request("the decision is missing")));
    }
    let taken = {
        let session = session.clone();
        state
            .writer
            .submit(move |turn| turn.write.take_consent_request(&form_digest, &session))
            .await
            .map_err(on_a_page)?
    };
    if !taken {
        return Err(on_a_page(Check::Form(FormFault::Decided)).about(&user));
    }
    let allowed: ScopeSet = if decision == "allow" { ticked(&form) } else { ScopeSet::default() };
    let noted = Noted { client: Some(client.id.clone()), user: Some(user.id.clone()) };
    let decided = allow(&state, session, request.clone(), Allowance::Now(allowed)).await;
    let answer =
        told_to_client(&state, &client, &request, decided).map_err(|rejection| rejection.about(&user))?;
    Ok((noted, answer))
}

fn ticked(form: &Parameters) -> ScopeSet {
    let mut scopes = ScopeSet::default();
    for scope in form.texts("scope").filter_map(|text| text.parse().ok()) {
        scopes.insert(scope);
    }
    scopes
}

/// How the user's allowance was taken: the store's error, the grant's, the check that failed, or the code.
type Decided = Result<Result<Checked<Plain>, ActionError>, StoreError>;

/// Makes or widens the grant and issues the code.
async fn allow(state: &State, session: Digest, request: ConsentRequest, allowance: Allowance) -> Decided {
    state
        .writer
        .submit(move |turn| {
            turn.change(&reason("the user allowed it"), |change| {
                authorization::allow(change, &session, &request, &allowance)
            })
        })
        .await
}

/// Whether what was allowed before was ended meanwhile.
fn has_to_be_asked(decided: &Decided) -> bool {
    matches!(decided, Ok(Ok(Err(check))) if matches!(**check, Check::ConsentRequired { .. }))
}

/// Sends the browser back with the code, or with why there is none.
fn told_to_client(
    state: &State,
    client: &Client,
    request: &ConsentRequest,
    decided: Decided,
) -> Result<Response, Rejection> {
    let (redirect_uri, client_state) = (&request.redirect_uri, request.state.as_deref());
    let told = |rejection: Rejection| rejection.of(client).by_redirect(redirect_uri, client_state);
    let code = decided
        .map_err(|error| told(error.into()))?
        .map_err(|error| told(refused_grant(&error).into()))?
        .map_err(|check| told(check.into()))?;
    let issuer = state.issuer().map_err(|error| told(error.into()))?;
    Ok(to_client(redirect_uri, &code, client_state, issuer.as_str()))
}

/// Why the grant was not made. All of this was checked before; it may have changed since.
fn refused_grant(error: &ActionError) -> Check {
    match error {
        ActionError::UnknownScope { .. } | ActionError::BeyondConsumer { .. } => Check::ScopeNone,
        _ => Check::UserDenied,
    }
}

/// The success answer of RFC 6749 section 4.1.2, with the issuer of RFC 9207.
#[expect(clippy::disallowed_methods, reason = "this answer is how the code is handed over")]
fn to_client(redirect_uri: &RedirectTarget, code: &Plain, state: Option<&str>, issuer: &str) -> Response {
    let mut parameters = vec![("code", code.expose())];
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", issuer));
    redirect(redirect_uri, &parameters)
}
