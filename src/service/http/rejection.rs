//! The error of a handler: why the request is refused, and how the answer reaches its audience.

use axum::response::Response;

use crate::actions::authenticate::AuthenticatedClient;
use crate::domain::client::Client;
use crate::domain::code::RedirectTarget;
use crate::domain::id::ClientId;
use crate::domain::refusal::{Check, Refusal};
use crate::domain::user::User;
use crate::service::http::oauth_error::OAuthError;
use crate::store::StoreError;

/// The audience of a refusal's answer.
#[derive(Debug)]
pub(crate) enum Audience {
    /// The program that sent the request, as JSON; on a page route the user.
    Caller,
    /// The user in front of the browser, on an error page.
    User,
    /// The user, on this page, which already describes the refusal.
    UserOnPage(Response),
    /// The client, by a redirect of the browser (RFC 6749 section 4.1.2.1).
    Client {
        /// The verified redirect URI.
        redirect_uri: RedirectTarget,
        /// The value of `state` in the request.
        state: Option<String>,
    },
}

/// Reason for refusing a request, and the audience of the response. Boxed because it is part of each handler's result.
#[derive(Debug)]
pub(crate) struct Rejection(Box<RejectionParts>);

/// The parts of a [`Rejection`].
#[derive(Debug)]
pub(crate) struct RejectionParts {
    pub cause: Cause,
    pub audience: Audience,
    /// The client that the endpoint identified: by its secret, or a public one by its id. `None` if the client only claimed an
    /// id, as after a wrong secret.
    pub caller: Option<ClientId>,
}

/// Reason for refusing a request.
#[derive(Debug)]
pub(crate) enum Cause {
    /// A check failed; the administrator can read the stored refusal.
    Refused(Box<Refusal>),
    /// The request failed before any check, or the service failed; no refusal is stored.
    Protocol(OAuthError),
}

impl Cause {
    /// Returns the check that failed, if the request reached one.
    pub(crate) fn check(&self) -> Option<&Check> {
        match self {
            Self::Refused(refusal) => Some(&refusal.check),
            Self::Protocol(_) => None,
        }
    }

    /// Returns the client if it exists. An unknown id is neither shown nor logged.
    pub(crate) fn known_client(&self) -> Option<&ClientId> {
        match self {
            Self::Refused(refusal) => {
                refusal.client.as_ref().filter(|client| client.known.is_some()).map(|client| &client.id)
            }
            Self::Protocol(_) => None,
        }
    }
}

impl From<Cause> for Rejection {
    fn from(cause: Cause) -> Self {
        Self(Box::new(RejectionParts { cause, audience: Audience::Caller, caller: None }))
    }
}

impl From<Box<Refusal>> for Rejection {
    fn from(refusal: Box<Refusal>) -> Self {
        Cause::Refused(refusal).into()
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Box::new(refusal).into()
    }
}

impl From<Check> for Rejection {
    fn from(check: Check) -> Self {
        Refusal::from(check).into()
    }
}

impl From<OAuthError> for Rejection {
    fn from(error: OAuthError) -> Self {
        Cause::Protocol(error).into()
    }
}

impl From<StoreError> for Rejection {
    fn from(_: StoreError) -> Self {
        Check::StoreUnavailable.into()
    }
}

impl Rejection {
    /// Takes the rejection apart, to answer it.
    pub(crate) fn into_parts(self) -> RejectionParts {
        *self.0
    }

    fn to(mut self, audience: Audience) -> Self {
        self.0.audience = audience;
        self
    }

    /// Answers on an error page.
    pub(crate) fn on_page(self) -> Self {
        self.to(Audience::User)
    }

    /// Answers the client by a redirect of the browser.
    pub(crate) fn by_redirect(self, redirect_uri: &RedirectTarget, state: Option<&str>) -> Self {
        let state = state.map(str::to_owned);
        self.to(Audience::Client { redirect_uri: redirect_uri.clone(), state })
    }

    /// Answers with a page that already describes the refusal.
    pub(crate) fn on_this_page(self, page: Response) -> Self {
        self.to(Audience::UserOnPage(page))
    }

    fn map(self, change: impl FnOnce(Refusal) -> Refusal) -> Self {
        let RejectionParts { cause, audience, caller } = self.into_parts();
        let cause = match cause {
            Cause::Refused(refusal) => Cause::Refused(Box::new(change(*refusal))),
            protocol @ Cause::Protocol(_) => protocol,
        };
        Self(Box::new(RejectionParts { cause, audience, caller }))
    }

    /// Names the client by the `client_id` as it was sent.
    pub(crate) fn by(self, client_id: Option<&str>) -> Self {
        self.map(|refusal| refusal.of_sent_id(client_id))
    }

    /// Names the client that made the request.
    pub(crate) fn of(self, client: &Client) -> Self {
        self.map(|refusal| refusal.of(client))
    }

    /// Names the authenticated client that made the request.
    pub(crate) fn of_caller(self, caller: &AuthenticatedClient) -> Self {
        let mut rejection = self.map(|refusal| Refusal {
            client_authenticated: caller.secret.is_some(),
            ..refusal.of(&caller.client)
        });
        rejection.0.caller = Some(caller.client.id.clone());
        rejection
    }

    /// Names the user that the request was about.
    pub(crate) fn about(self, user: &User) -> Self {
        self.map(|refusal| refusal.about(user))
    }
}

/// Converts a refusal or failure into a rejection that is answered on an error page.
pub(crate) fn on_page(cause: impl Into<Rejection>) -> Rejection {
    cause.into().on_page()
}
