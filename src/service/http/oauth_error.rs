//! The error codes of OAuth (RFC 6749 sections 4.1.2.1 and 5.2). They are vague on purpose: an answer does not reveal which
//! check failed, the stored refusal does.

use std::borrow::Cow;

use axum::http::StatusCode;

use crate::domain::refusal::{Check, Refusal, TextFault, UserLimit};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;
use crate::service::edge::allowed_hosts::HostError;
use crate::service::edge::request_limits::LimitError;
use crate::store::StoreError;

/// The description for a host that is not allowed.
const HOST_NOT_ALLOWED: &str = "the request names a host that is not allowed";

/// An error response of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OAuthError {
    /// The request is malformed. The text is fixed and repeats nothing of the request.
    InvalidRequest(&'static str),
    /// A parameter is malformed. The text names the parameter and its fault, and repeats nothing of the request.
    Malformed {
        parameter: &'static str,
        fault: TextFault,
    },
    NotFound,
    MethodNotAllowed,
    /// The request names a host that is not allowed, or not for this path.
    Misdirected(&'static str),
    TargetTooLong,
    HeadersTooLarge,
    BodyTooLarge,
    /// The body was not received in time.
    BodyTooSlow,
    /// The client is unknown, not authenticated or not usable. All causes get the same answer; after too many failures it
    /// carries the seconds to wait.
    InvalidClient {
        retry_after: Option<i64>,
    },
    /// The code or refresh token is unknown, expired, used or revoked. All causes get the same answer.
    InvalidGrant,
    /// The client may not use this grant type.
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    /// A scope is malformed or not one of the client's.
    InvalidScope,
    /// Only scopes of `OpenID` Connect were requested. The text names these scopes instead.
    OpenIdNotOffered {
        scopes: ScopeSet,
    },
    /// The user denied the request, or may not allow it.
    AccessDenied,
    /// `prompt=none`, and no user is signed in.
    LoginRequired,
    /// `prompt=none`, and the user must be asked for consent.
    ConsentRequired,
    /// Request objects are not supported (RFC 9101 section 6.2).
    RequestNotSupported,
    /// Request objects by reference are not supported.
    RequestUriNotSupported,
    /// Too many failures. The next attempt is accepted after this number of seconds.
    TooManyFailures(i64),
    /// The user made too many changes. The next one is accepted after this number of seconds.
    TooManyChanges(i64),
    /// The client requested too many authorization codes of one grant. The next one is issued after this number of seconds.
    TooManyCodes(i64),
    /// The store cannot be used now, or the service is overloaded.
    Unavailable,
    /// The service has a bug.
    ServerError,
}

impl From<StoreError> for OAuthError {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

impl From<HostError<StoreError>> for OAuthError {
    fn from(error: HostError<StoreError>) -> Self {
        match error {
            HostError::NotOnce => Self::InvalidRequest("the request must name exactly one host"),
            HostError::NotAllowed(_) => Self::Misdirected(HOST_NOT_ALLOWED),
            HostError::Settings(error) => error.into(),
        }
    }
}

impl From<LimitError> for OAuthError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::TargetTooLong => Self::TargetTooLong,
            LimitError::HeadersTooLarge => Self::HeadersTooLarge,
            LimitError::BodyTooLarge => Self::BodyTooLarge,
            LimitError::BodyTooSlow => Self::BodyTooSlow,
            LimitError::BodyBroken => Self::InvalidRequest("the body is incomplete"),
            LimitError::AnswerTooSlow => Self::Unavailable,
        }
    }
}

/// Returns the whole seconds until a moment, at least 1.
pub(crate) fn seconds_until(until: Timestamp, now: Timestamp) -> i64 {
    (until.millis() - now.millis()).max(0) / 1000 + 1
}

/// The fields of an error answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorFields {
    /// The status, unless a redirect carries the error.
    pub status: StatusCode,
    /// The value of `error`.
    pub code: &'static str,
    /// The value of `error_description`, if it does not depend on the request.
    pub description: &'static str,
}

impl OAuthError {
    /// Returns the fields of the answer.
    pub(crate) const fn fields(&self) -> ErrorFields {
        let (status, code, description) = match self {
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", *why),
            Self::Malformed { .. } => {
                (StatusCode::BAD_REQUEST, "invalid_request", "a parameter is malformed")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "invalid_request", "this path does not exist"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this path does not support the method")
            }
            Self::Misdirected(why) => (StatusCode::MISDIRECTED_REQUEST, "invalid_request", *why),
            Self::TargetTooLong => {
                (StatusCode::URI_TOO_LONG, "invalid_request", "the request target is too long")
            }
            Self::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "invalid_request",
                "the head is too large or has too many lines",
            ),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large"),
            Self::BodyTooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "invalid_request", "the body was not received in time")
            }
            Self::InvalidClient { .. } => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed")
            }
            Self::InvalidGrant => (
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "the code or refresh token is not valid for this request",
            ),
            Self::UnauthorizedClient => {
                (StatusCode::BAD_REQUEST, "unauthorized_client", "this client may not use this grant type")
            }
            Self::UnsupportedGrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "this grant type is not supported")
            }
            Self::UnsupportedResponseType => (
                StatusCode::BAD_REQUEST,
                "unsupported_response_type",
                "the only supported response_type is code",
            ),
            Self::InvalidScope => (
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "the scope is malformed or not allowed for this client",
            ),
            Self::OpenIdNotOffered { .. } => (
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "OpenID Connect is not offered and no id_token is issued",
            ),
            Self::AccessDenied => (StatusCode::FORBIDDEN, "access_denied", "access was denied"),
            Self::LoginRequired => (StatusCode::BAD_REQUEST, "login_required", "no user is signed in"),
            Self::ConsentRequired => {
                (StatusCode::BAD_REQUEST, "consent_required", "the user must be asked for consent")
            }
            Self::RequestNotSupported => {
                (StatusCode::BAD_REQUEST, "request_not_supported", "request objects are not supported")
            }
            Self::RequestUriNotSupported => {
                (StatusCode::BAD_REQUEST, "request_uri_not_supported", "request_uri is not supported")
            }
            Self::TooManyFailures(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "too many failures; try again later",
            ),
            Self::TooManyChanges(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "too many changes; try again later",
            ),
            Self::TooManyCodes(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "too many authorization codes for this grant; try again later",
            ),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again in a moment")
            }
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal error"),
        };
        ErrorFields { status, code, description }
    }

    /// Returns the value of `error_description`, without the request id.
    pub(crate) fn description(&self) -> Cow<'static, str> {
        match self {
            Self::Malformed { parameter, fault } => format!("{parameter} {fault}").into(),
            Self::OpenIdNotOffered { scopes } => {
                format!("{}; {}", self.fields().description, listed(scopes)).into()
            }
            error => error.fields().description.into(),
        }
    }

    /// Returns the seconds after which another attempt makes sense, if that is known.
    pub(crate) const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooManyFailures(seconds) | Self::TooManyChanges(seconds) | Self::TooManyCodes(seconds) => {
                Some(*seconds)
            }
            Self::InvalidClient { retry_after } => *retry_after,
            Self::Unavailable => Some(1),
            _ => None,
        }
    }

    /// Returns the error of a refusal at `now`.
    pub(crate) fn of(refusal: &Refusal, now: Timestamp) -> Self {
        match &refusal.check {
            Check::TwoMethods => Self::InvalidRequest("the client must use one authentication method only"),
            Check::ClientIdsDiffer { .. } => {
                Self::InvalidRequest("the header and the body have different client ids")
            }
            Check::ClientIdMissing
            | Check::ClientUnknown { .. }
            | Check::ClientUnauthenticated
            | Check::BasicMalformed(_)
            | Check::SecretMalformed(_)
            | Check::SecretUnknown
            | Check::SecretOfOther(_)
            | Check::SecretRetired { .. }
            | Check::SecretRevoked { .. }
            | Check::SecretPending { .. }
            | Check::ClientDisabled { .. }
            | Check::ClientExpired { .. }
            | Check::ClientRevoked { .. }
            | Check::PublicWithSecret
            | Check::ConfidentialWithoutSecret
            | Check::PublicIntrospects => Self::InvalidClient {
                retry_after: refusal.throttled_until.map(|until| seconds_until(until, now)),
            },
            Check::PublicAsItself | Check::GrantTypeNotAllowed { .. } => Self::UnauthorizedClient,
            Check::GrantTypeMissing => Self::InvalidRequest("grant_type is missing"),
            Check::GrantTypeUnsupported { .. } => Self::UnsupportedGrantType,
            Check::ScopeMalformed { .. }
            | Check::ScopeUnknown { .. }
            | Check::ScopeNotHeld { .. }
            | Check::ScopeNone
            | Check::ScopeNoneLeft
            | Check::ScopeBeyondGrant { .. }
            | Check::ScopeBeyondToken { .. } => Self::InvalidScope,
            Check::RedirectMissing => Self::InvalidRequest("redirect_uri is missing"),
            Check::RedirectRepeated => Self::InvalidRequest("redirect_uri is repeated"),
            Check::RedirectMismatch { .. } => Self::InvalidRequest("redirect_uri is not registered"),
            Check::ResponseTypeMissing => Self::InvalidRequest("response_type is missing"),
            Check::ResponseTypeUnsupported { .. } => Self::UnsupportedResponseType,
            Check::ResponseModeUnsupported { .. } => {
                Self::InvalidRequest("the only supported response_mode is query")
            }
            Check::StateMissing => Self::InvalidRequest("state or code_challenge is missing"),
            Check::ChallengeMissing { .. } => Self::InvalidRequest("code_challenge is missing"),
            Check::ChallengeMethod { .. } => Self::InvalidRequest("code_challenge_method must be S256"),
            Check::ChallengeMalformed => Self::InvalidRequest("code_challenge is malformed"),
            Check::RequestObject { parameter: "request_uri" } => Self::RequestUriNotSupported,
            Check::RequestObject { .. } => Self::RequestNotSupported,
            Check::LoginRequired | Check::SessionEnded => Self::LoginRequired,
            Check::ConsentRequired { .. } => Self::ConsentRequired,
            // The declared scopes are in the metadata. Those of a client are told to the client alone.
            Check::ScopeOpenIdOnly { declared, held, .. } => {
                let without_declared = declared.is_empty() && refusal.client_authenticated;
                Self::OpenIdNotOffered { scopes: if without_declared { held } else { declared }.clone() }
            }
            // Introspection answers a caller without the scope as it answers about an inactive credential.
            Check::IntrospectNotHeld { .. }
            | Check::UserDenied
            | Check::Form(_)
            | Check::WrongPassword
            | Check::UnknownUser
            | Check::SignInDisabled { .. } => Self::AccessDenied,
            Check::CodeMissing => Self::InvalidRequest("code is missing"),
            Check::RefreshMissing => Self::InvalidRequest("refresh_token is missing"),
            Check::CodeMalformed(_)
            | Check::CodeUnknown
            | Check::CodeExpired { .. }
            | Check::CodeReplayed { .. }
            | Check::CodeOfOther(_)
            | Check::CodeRedirectDiffers { .. }
            | Check::CodeWithoutChallenge
            | Check::VerifierMissing
            | Check::VerifierUnexpected
            | Check::VerifierMalformed
            | Check::VerifierMismatch
            | Check::RefreshMalformed(_)
            | Check::RefreshUnknown
            | Check::RefreshExpired { .. }
            | Check::RefreshFamilyExpired { .. }
            | Check::RefreshReused { .. }
            | Check::RefreshOfOther(_)
            | Check::RefreshRevoked { .. }
            | Check::GrantRevoked { .. }
            | Check::UserDisabled { .. } => Self::InvalidGrant,
            Check::HostNotAllowed { .. } => Self::Misdirected(HOST_NOT_ALLOWED),
            Check::HostWithoutPages { .. } => {
                Self::Misdirected("pages are served under the host of the issuer alone")
            }
            Check::Request(why) => Self::InvalidRequest(why),
            Check::ParameterMalformed { parameter, fault } => Self::Malformed { parameter, fault: *fault },
            Check::ParameterRepeated(_) => Self::InvalidRequest("a parameter is repeated"),
            Check::Throttled { until, .. } => Self::TooManyFailures(seconds_until(*until, now)),
            Check::UserLimit { limit: UserLimit::GrantChanges | UserLimit::Decisions, until } => {
                Self::TooManyChanges(seconds_until(*until, now))
            }
            Check::UserLimit { limit: UserLimit::Codes, until } => {
                Self::TooManyCodes(seconds_until(*until, now))
            }
            Check::Overloaded | Check::StoreUnavailable => Self::Unavailable,
        }
    }
}

/// The longest list of scopes in a description, in characters.
const LISTED: usize = 200;

/// Returns the scopes that exist, as far as they fit in a description.
fn listed(scopes: &ScopeSet) -> String {
    let mut text = String::new();
    let mut more = 0;
    for scope in scopes.iter() {
        if more == 0 && text.len() + scope.as_str().len() < LISTED {
            text.push(' ');
            text.push_str(scope.as_str());
        } else {
            more += 1;
        }
    }
    match (text.is_empty(), more) {
        (true, _) => "no scope is declared".to_owned(),
        (false, 0) => format!("the scopes are{text}"),
        (false, _) => format!("the scopes are{text} and {more} more"),
    }
}
