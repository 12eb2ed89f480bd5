//! The page of the applications that may act for a user, and the forms that revoke their access.

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
use crate::service::http::csrf::{account_token, check_form};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::parameters::Parameters;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::response::{FormTarget, language, page, page_user, title};
use crate::service::pages::{
    ApplicationsPage, AuthorizedApplication, ConfirmPage, HiddenField, Notice, PageContext, ScopeWords, Theme,
};
use crate::service::routes::error_layer::HandlerResult;
use crate::service::routes::page_redirect::redirect_to_page;
use crate::service::state::{AppState, reason};
use crate::store::{Match, ReadTx};

/// Returns the active grants of the user with their clients, newest first.
fn active_grants(read: &dyn ReadTx, user: &UserId) -> Result<Vec<(Grant, Client)>, Rejection> {
    let grants = grants::all_matching(read, &filter(user, StateFilter::Only(StoredState::Active)))
        .map_err(|_| on_page(Check::StoreUnavailable))?;
    let mut with_clients = Vec::with_capacity(grants.len());
    for grant in grants {
        if let Some(client) = read.client(&grant.client).map_err(on_page)? {
            with_clients.push((grant, client));
        }
    }
    Ok(with_clients)
}

fn filter(user: &UserId, state: StateFilter) -> GrantFilter {
    GrantFilter {
        state,
        user: Some(user.clone()),
        client: None,
        scope: None,
        unused_since: None,
        name_glob: None,
    }
}

/// Returns the page of the user's applications.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let headers = request.headers();
    let now = state.now();
    let read = state.store.read().map_err(on_page)?;
    let browser_context = BrowserContext::read(&state, read.as_ref(), headers, now).map_err(on_page)?;
    let Some(session) = &browser_context.session else {
        return Ok((LogContext::default(), redirect_to_page(&state, paths::SIGN_IN)?));
    };
    let user = &session.record.user;
    let grants = active_grants(read.as_ref(), &user.id)?;
    let declared = read.scopes().map_err(on_page)?;
    let applications: Vec<AuthorizedApplication<'_>> = grants
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
    let outcome =
        RevocationOutcome::read(read.as_ref(), &user.id, request.uri().query().unwrap_or_default())?;
    let notice = outcome.as_ref().map(|outcome| match outcome {
        RevocationOutcome::One(client) => Notice::Revoked(title(client)),
        RevocationOutcome::All(count) => Notice::RevokedAll(*count),
        RevocationOutcome::Nothing => Notice::AlreadyRevoked,
    });
    let theme = Theme::read(&state, read.as_ref()).map_err(on_page)?;
    let context = PageContext::new(&theme, language(headers.get(ACCEPT_LANGUAGE)));
    // All buttons share one token, because all of them act on grants of this user.
    let token = account_token(&session.cookie);
    let html = ApplicationsPage {
        context,
        user: page_user(user),
        list: &applications,
        now,
        notice,
        revoke_action: paths::APPLICATION_REVOKE,
        revoke_all_action: paths::APPLICATIONS_REVOKE_ALL,
        sign_out_action: paths::SIGN_OUT,
        hidden: &[HiddenField { name: "token", value: &token }],
    }
    .html();
    Ok((LogContext::of_user(&user.id), page(StatusCode::OK, context, html, FormTarget::Service)))
}

/// The outcome of the last revocation, by the query of the page. It is checked, because any site can link to any query.
enum RevocationOutcome {
    One(Box<Client>),
    All(usize),
    Nothing,
}

impl RevocationOutcome {
    fn read(read: &dyn ReadTx, user: &UserId, query: &str) -> Result<Option<Self>, Rejection> {
        let Ok(parameters) = Parameters::read(query.as_bytes()) else { return Ok(None) };
        match parameters.text("revoked") {
            None => Ok(None),
            Some("none") => Ok(Some(Self::Nothing)),
            Some("all") => {
                let revoked =
                    grants::all_matching(read, &filter(user, StateFilter::Only(StoredState::Revoked)))
                        .map_err(|_| on_page(Check::StoreUnavailable))?;
                let times = revoked.iter().filter_map(|grant| match grant.stored_state {
                    StoredGrantState::Revoked { at, .. } => Some(at),
                    StoredGrantState::Active => None,
                });
                let last = times.clone().max();
                let count = times.filter(|at| Some(*at) == last).count();
                Ok((count > 0).then_some(Self::All(count)))
            }
            Some(grant) => {
                let Some(grant) = own_grant(read, user, grant)? else { return Ok(None) };
                if grant.state() == StoredState::Active {
                    return Ok(None);
                }
                Ok(read.client(&grant.client).map_err(on_page)?.map(Box::new).map(Self::One))
            }
        }
    }
}

/// Returns the grant with this id if it is the user's.
fn own_grant(read: &dyn ReadTx, user: &UserId, id: &str) -> Result<Option<Grant>, Rejection> {
    let Ok(id) = id.parse::<GrantId>() else { return Ok(None) };
    match read.find_grant(&Handle::Id(id.to_string())).map_err(on_page)? {
        Match::One(grant) if grant.user == *user => Ok(Some(grant)),
        _ => Ok(None),
    }
}

/// A form of the page, sent by the user of a session.
struct AccountForm {
    session: UserSession,
    headers: HeaderMap,
    parameters: Parameters,
}

impl AccountForm {
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
        check_form(&headers, &issuer, &account_token(&session.cookie), parameters.text("token"))
            .map_err(|check| on_page(check).about(&session.record.user))?;
        Ok(Self { session, headers, parameters })
    }

    fn is_confirmed(&self) -> bool {
        self.parameters.text("confirm") == Some("yes")
    }

    fn log_context(&self) -> LogContext {
        LogContext::of_user(&self.session.record.user.id)
    }
}

/// Revokes one authorization of the user after a confirmation.
pub(crate) async fn revoke(state: Arc<AppState>, request: Request) -> HandlerResult {
    let form = AccountForm::read(&state, request).await?;
    let user = form.session.record.user.id.clone();
    let grant = {
        let read = state.store.read().map_err(on_page)?;
        own_grant(read.as_ref(), &user, form.parameters.text("grant").unwrap_or_default())?
    };
    let Some(grant) = grant else {
        return Err(on_page(Check::Request("this authorization does not exist")));
    };
    if !form.is_confirmed() && grant.state() == StoredState::Active {
        let read = state.store.read().map_err(on_page)?;
        let client = read.client(&grant.client).map_err(on_page)?;
        let theme = Theme::read(&state, read.as_ref()).map_err(on_page)?;
        let context = PageContext::new(&theme, language(form.headers.get(ACCEPT_LANGUAGE)));
        let token = account_token(&form.session.cookie);
        let hidden = [
            HiddenField { name: "token", value: &token },
            HiddenField { name: "grant", value: grant.id.as_str() },
        ];
        let title = client.as_ref().map_or(grant.client_name.as_str(), title);
        let html =
            ConfirmPage::revoke(context, title, paths::APPLICATION_REVOKE, &hidden, paths::APPLICATIONS)
                .html();
        return Ok((form.log_context(), page(StatusCode::OK, context, html, FormTarget::Service)));
    }
    let id = grant.id.clone();
    let revoked = revoke_grants(&state, user, Some(grant.id)).await?;
    let outcome = if revoked == 0 { "none" } else { id.as_str() };
    Ok((form.log_context(), redirect_to_page(&state, &format!("{}?revoked={outcome}", paths::APPLICATIONS))?))
}

/// Revokes all authorizations of the user after a confirmation.
pub(crate) async fn revoke_all(state: Arc<AppState>, request: Request) -> HandlerResult {
    let form = AccountForm::read(&state, request).await?;
    let user = form.session.record.user.id.clone();
    if !form.is_confirmed() {
        let read = state.store.read().map_err(on_page)?;
        let count = active_grants(read.as_ref(), &user)?.len();
        let theme = Theme::read(&state, read.as_ref()).map_err(on_page)?;
        let context = PageContext::new(&theme, language(form.headers.get(ACCEPT_LANGUAGE)));
        let token = account_token(&form.session.cookie);
        let hidden = [HiddenField { name: "token", value: &token }];
        let html = ConfirmPage::revoke_all(
            context,
            count,
            paths::APPLICATIONS_REVOKE_ALL,
            &hidden,
            paths::APPLICATIONS,
        )
        .html();
        return Ok((form.log_context(), page(StatusCode::OK, context, html, FormTarget::Service)));
    }
    let revoked = revoke_grants(&state, user, None).await?;
    let outcome = if revoked == 0 { "none" } else { "all" };
    Ok((form.log_context(), redirect_to_page(&state, &format!("{}?revoked={outcome}", paths::APPLICATIONS))?))
}

/// Revokes one authorization of a user, or all of them, by the action that the administrator uses. Returns their number.
async fn revoke_grants(state: &AppState, user: UserId, only: Option<GrantId>) -> Result<usize, Rejection> {
    let count = state.writer.submit(move |job| {
        job.change(&reason("the user withdrew it"), |change| {
            let filter = filter(&user, StateFilter::Only(StoredState::Active));
            let mut count = 0;
            for mut grant in grants::all_matching(change.read(), &filter)? {
                if only.as_ref().is_none_or(|only| *only == grant.id) && grants::revoke(change, &mut grant)? {
                    count += 1;
                }
            }
            Ok::<_, ActionError>(count)
        })
    });
    count.await.map_err(on_page)?.map_err(|_| on_page(Check::StoreUnavailable))
}
