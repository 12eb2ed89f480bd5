//! The user's own page: which applications may act for them, and the end of that.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};

use crate::actions::{ActionError, grants};
use crate::domain::State as StoredState;
use crate::domain::client::Client;
use crate::domain::grant::{Grant, StoredGrantState};
use crate::domain::handle::Handle;
use crate::domain::id::{GrantId, UserId};
use crate::domain::page::{GrantFilter, StateFilter};
use crate::domain::refusal::{Check, FormFault};
use crate::service::http::cookies::{BrowserContext, UserSession};
use crate::service::http::csrf::{Purpose, check_form, form_token};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::parameters::Parameters;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::Theme;
use crate::service::pages::response::{language, page, person, title};
use crate::service::pages::{
    ApplicationsPage, AuthorizedApplication, ConfirmPage, Frame, HiddenField, Notice, ScopeWords,
};
use crate::service::routes::authorize::sign_in;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::{AppState, reason};
use crate::store::{Match, ReadTx};

/// The user's grants in force, newest first, each with its client.
fn in_force(read: &dyn ReadTx, user: &UserId) -> Result<Vec<(Grant, Client)>, Rejection> {
    let grants = grants::all_matching(read, &of_user(user, StateFilter::Only(StoredState::Active)))
        .map_err(|_| on_page(Check::StoreUnavailable))?;
    let mut found = Vec::with_capacity(grants.len());
    for grant in grants {
        if let Some(client) = read.client(&grant.client).map_err(on_page)? {
            found.push((grant, client));
        }
    }
    Ok(found)
}

fn of_user(user: &UserId, state: StateFilter) -> GrantFilter {
    GrantFilter {
        state,
        user: Some(user.clone()),
        client: None,
        scope: None,
        unused_since: None,
        name_glob: None,
    }
}

pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let headers = request.headers();
    let now = state.now();
    let read = state.store.read().map_err(on_page)?;
    let browser_context = BrowserContext::read(&state, read.as_ref(), headers, now).map_err(on_page)?;
    let Some(session) = &browser_context.session else {
        return Ok((LogContext::default(), sign_in::to(&state, paths::SIGN_IN)?));
    };
    let user = &session.held.user;
    let found = in_force(read.as_ref(), &user.id)?;
    let declared = read.scopes().map_err(on_page)?;
    let applications: Vec<AuthorizedApplication<'_>> = found
        .iter()
        .map(|(grant, client)| AuthorizedApplication {
            title: title(client),
            client_id: client.id.as_str(),
            grant: grant.id.as_str(),
            scopes: grant
                .scopes
                .iter()
                .map(|scope| ScopeWords {
                    scope: scope.as_str(),
                    description: declared
                        .iter()
                        .find(|entry| entry.scope == *scope)
                        .map(|entry| entry.description.as_str()),
                })
                .collect(),
            authorized_at: grant.created_at,
            last_used_at: grant.last_used_at,
        })
        .collect();
    let done = Done::read(read.as_ref(), &user.id, request.uri().query().unwrap_or_default())?;
    let notice = done.as_ref().map(|done| match done {
        Done::One(client) => Notice::Revoked(title(client)),
        Done::All(count) => Notice::RevokedAll(*count),
        Done::Nothing => Notice::WasRevoked,
    });
    let look = Theme::read(&state, read.as_ref()).map_err(on_page)?;
    let frame = Frame::new(&look, language(headers.get(ACCEPT_LANGUAGE)));
    // One token for every button: whatever they end is this user's own.
    let token = token(session);
    let html = ApplicationsPage {
        frame,
        person: person(user),
        list: &applications,
        now,
        notice,
        revoke_action: paths::APPLICATION_REVOKE,
        revoke_all_action: paths::APPLICATIONS_REVOKE_ALL,
        sign_out_action: paths::SIGN_OUT,
        hidden: &[HiddenField { name: "token", value: &token }],
    }
    .html();
    let noted = LogContext::of_user(&user.id);
    Ok((noted, page(StatusCode::OK, frame, html, None)))
}

pub(crate) fn token(session: &UserSession) -> String {
    form_token(Purpose::Account, &session.cookie, "")
}

/// What has just been done, as the address says; checked, since anybody can write an address.
enum Done {
    One(Box<Client>),
    All(usize),
    Nothing,
}

impl Done {
    fn read(read: &dyn ReadTx, user: &UserId, query: &str) -> Result<Option<Self>, Rejection> {
        let Ok(parameters) = Parameters::read(query.as_bytes()) else { return Ok(None) };
        match parameters.text("revoked") {
            None => Ok(None),
            Some("none") => Ok(Some(Self::Nothing)),
            Some("all") => {
                let revoked =
                    grants::all_matching(read, &of_user(user, StateFilter::Only(StoredState::Revoked)))
                        .map_err(|_| on_page(Check::StoreUnavailable))?;
                let moments = revoked.iter().filter_map(|grant| match grant.stored_state {
                    StoredGrantState::Revoked { at, .. } => Some(at),
                    StoredGrantState::Active => None,
                });
                let last = moments.clone().max();
                let count = moments.filter(|at| Some(*at) == last).count();
                Ok((count > 0).then_some(Self::All(count)))
            }
            Some(grant) => {
                let Some(grant) = own(read, user, grant)? else { return Ok(None) };
                if grant.state() == StoredState::Active {
                    return Ok(None);
                }
                Ok(read.client(&grant.client).map_err(on_page)?.map(Box::new).map(Self::One))
            }
        }
    }
}

/// The user's own grant of that id; another's is as good as none.
fn own(read: &dyn ReadTx, user: &UserId, id: &str) -> Result<Option<Grant>, Rejection> {
    let Ok(id) = id.parse::<GrantId>() else { return Ok(None) };
    match read.find_grant(&Handle::Id(id.to_string())).map_err(on_page)? {
        Match::One(grant) if grant.user == *user => Ok(Some(grant)),
        _ => Ok(None),
    }
}

/// A form of this page, sent by whoever is signed in.
struct Sent {
    session: UserSession,
    headers: HeaderMap,
    parameters: Parameters,
}

impl Sent {
    async fn read(state: &AppState, request: Request) -> Result<Self, Rejection> {
        let FormRequest { headers, parameters, .. } =
            FormRequest::read(request).await.map_err(Rejection::on_page)?;
        let read = state.store.read().map_err(on_page)?;
        let browser_context =
            BrowserContext::read(state, read.as_ref(), &headers, state.now()).map_err(on_page)?;
        let issuer = state.issuer_in(read.as_ref()).map_err(on_page)?;
        let Some(session) = browser_context.session else {
            return Err(on_page(Check::Form(FormFault::Expired)));
        };
        check_form(&headers, &issuer, &token(&session), parameters.text("token"))
            .map_err(|check| on_page(check).about(&session.held.user))?;
        Ok(Self { session, headers, parameters })
    }

    fn is_confirmed(&self) -> bool {
        self.parameters.text("confirm") == Some("yes")
    }

    fn noted(&self) -> LogContext {
        LogContext::of_user(&self.session.held.user.id)
    }
}

pub(crate) async fn revoke(state: Arc<AppState>, request: Request) -> HandlerResult {
    let sent = Sent::read(&state, request).await?;
    let user = sent.session.held.user.id.clone();
    let grant = {
        let read = state.store.read().map_err(on_page)?;
        own(read.as_ref(), &user, sent.parameters.text("grant").unwrap_or_default())?
    };
    let Some(grant) = grant else {
        return Err(on_page(Check::Request("there is no such authorization")));
    };
    if !sent.is_confirmed() && grant.state() == StoredState::Active {
        let read = state.store.read().map_err(on_page)?;
        let client = read.client(&grant.client).map_err(on_page)?;
        let look = Theme::read(&state, read.as_ref()).map_err(on_page)?;
        let frame = Frame::new(&look, language(sent.headers.get(ACCEPT_LANGUAGE)));
        let token = token(&sent.session);
        let hidden = [
            HiddenField { name: "token", value: &token },
            HiddenField { name: "grant", value: grant.id.as_str() },
        ];
        let title = client.as_ref().map_or(grant.client_name.as_str(), title);
        let html =
            ConfirmPage::revoke(frame, title, paths::APPLICATION_REVOKE, &hidden, paths::APPLICATIONS).html();
        return Ok((sent.noted(), page(StatusCode::OK, frame, html, None)));
    }
    let id = grant.id.clone();
    let revoked = end(&state, user, Some(grant.id)).await?;
    let what = if revoked == 0 { "none" } else { id.as_str() };
    Ok((sent.noted(), sign_in::to(&state, &format!("{}?revoked={what}", paths::APPLICATIONS))?))
}

pub(crate) async fn revoke_all(state: Arc<AppState>, request: Request) -> HandlerResult {
    let sent = Sent::read(&state, request).await?;
    let user = sent.session.held.user.id.clone();
    if !sent.is_confirmed() {
        let read = state.store.read().map_err(on_page)?;
        let count = in_force(read.as_ref(), &user)?.len();
        let look = Theme::read(&state, read.as_ref()).map_err(on_page)?;
        let frame = Frame::new(&look, language(sent.headers.get(ACCEPT_LANGUAGE)));
        let token = token(&sent.session);
        let hidden = [HiddenField { name: "token", value: &token }];
        let html = ConfirmPage::revoke_all(
            frame,
            count,
            paths::APPLICATIONS_REVOKE_ALL,
            &hidden,
            paths::APPLICATIONS,
        )
        .html();
        return Ok((sent.noted(), page(StatusCode::OK, frame, html, None)));
    }
    let revoked = end(&state, user, None).await?;
    let what = if revoked == 0 { "none" } else { "all" };
    Ok((sent.noted(), sign_in::to(&state, &format!("{}?revoked={what}", paths::APPLICATIONS))?))
}

/// Ends one authorization of a user, or all of them: the same action as the administrator's. Says how many it ended.
async fn end(state: &AppState, user: UserId, only: Option<GrantId>) -> Result<usize, Rejection> {
    let ended = state.writer.submit(move |job| {
        job.change(&reason("the user withdrew it"), |change| {
            let filter = of_user(&user, StateFilter::Only(StoredState::Active));
            let mut ended = 0;
            for mut grant in grants::all_matching(change.read(), &filter)? {
                if only.as_ref().is_none_or(|only| *only == grant.id) && grants::revoke(change, &mut grant)? {
                    ended += 1;
                }
            }
            Ok::<_, ActionError>(ended)
        })
    });
    ended.await.map_err(on_page)?.map_err(|_| on_page(Check::StoreUnavailable))
}
