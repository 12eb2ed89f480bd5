//! What a refused request is answered with: OAuth's error codes (RFC 6749 sections 4.1.2.1 and 5.2), vague to the client.

use axum::http::StatusCode;

use crate::domain::refusal::Check;
use crate::service::edge::allowed_hosts::HostError;
use crate::service::edge::request_limits::LimitError;
use crate::store::StoreError;

/// An error that a client of the service sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OAuthError {
    /// The request is malformed; what is wrong is said in fixed words, never in the client's own.
    InvalidRequest(&'static str),
    /// There is nothing at this address.
    NotFound,
    /// There is something at this address, for another method.
    Method,
    /// The request names a host that is not this service.
    Misdirected,
    /// The target is longer than any honest one.
    TargetTooLong,
    /// The headers are larger or more than any honest request's.
    HeadersTooLarge,
    /// The body is larger than any honest one.
    TooLarge,
    /// The body did not come in time.
    TooSlow,
    /// The client is not who it says, or is refused. One answer for all causes.
    InvalidClient,
    /// The code or refresh token is not good, or not any more. One answer for all causes.
    InvalidGrant,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// No such grant type here.
    UnsupportedGrantType,
    /// No such response type here.
    UnsupportedResponseType,
    /// A scope that is malformed or that the client does not hold.
    InvalidScope,
    /// The caller lacks the scope that this endpoint asks for. 403, never 401: clients renew their token on a 401.
    InsufficientScope,
    /// The user said no, or may not say yes.
    AccessDenied,
    /// `prompt=none`, and nobody is signed in.
    LoginRequired,
    /// `prompt=none`, and the user would have to be asked.
    ConsentRequired,
    /// Request objects are not read here (RFC 9101 section 6.2).
    RequestNotSupported,
    /// Nor are they fetched.
    RequestUriNotSupported,
    /// Too many failures; for so many seconds there is no use in another try.
    TooMany(i64),
    /// The store cannot be used now.
    Unavailable,
    /// This program has a fault.
    Failed,
}

impl From<StoreError> for OAuthError {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

impl From<HostError<StoreError>> for OAuthError {
    fn from(error: HostError<StoreError>) -> Self {
        match error {
            HostError::NotOnce => Self::InvalidRequest("the request must name its host once"),
            HostError::NotAllowed => Self::Misdirected,
            HostError::Issuer(error) => error.into(),
        }
    }
}

impl From<LimitError> for OAuthError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::TargetTooLong => Self::TargetTooLong,
            LimitError::HeadersTooLarge => Self::HeadersTooLarge,
            LimitError::BodyTooLarge => Self::TooLarge,
            LimitError::BodyTooSlow => Self::TooSlow,
            LimitError::BodyBroken => Self::InvalidRequest("the body breaks off"),
            LimitError::AnswerTooSlow => Self::Unavailable,
        }
    }
}

/// The parts of an answer that an error decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The status, where it is answered directly.
    pub status: StatusCode,
    /// `error`
    pub code: &'static str,
    /// `error_description`
    pub description: &'static str,
}

impl OAuthError {
    /// How it is answered.
    pub(crate) const fn shape(self) -> Shape {
        let (status, code, description) = match self {
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why),
            Self::NotFound => (StatusCode::NOT_FOUND, "invalid_request", "there is nothing at this address"),
            Self::Method => {
                (StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this address wants another method")
            }
            Self::Misdirected => (
                StatusCode::MISDIRECTED_REQUEST,
                "invalid_request",
                "the host that the request names is not this service",
            ),
            Self::TargetTooLong => {
                (StatusCode::URI_TOO_LONG, "invalid_request", "the address of the request is too long")
            }
            Self::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "invalid_request",
                "the headers are too large or too many",
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "invalid_request", "the body took too long"),
            Self::InvalidClient => {
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
            Self::UnsupportedResponseType => {
                (StatusCode::BAD_REQUEST, "unsupported_response_type", "the only response_type is code")
            }
            Self::InvalidScope => {
                (StatusCode::BAD_REQUEST, "invalid_scope", "the scope is malformed or not this client's")
            }
            Self::InsufficientScope => {
                (StatusCode::FORBIDDEN, "insufficient_scope", "the scope apiconn:introspect is needed")
            }
            Self::AccessDenied => (StatusCode::FORBIDDEN, "access_denied", "access was not granted"),
            Self::LoginRequired => (StatusCode::BAD_REQUEST, "login_required", "nobody is signed in"),
            Self::ConsentRequired => {
                (StatusCode::BAD_REQUEST, "consent_required", "the user would have to be asked")
            }
            Self::RequestNotSupported => {
                (StatusCode::BAD_REQUEST, "request_not_supported", "request objects are not supported")
            }
            Self::RequestUriNotSupported => {
                (StatusCode::BAD_REQUEST, "request_uri_not_supported", "request_uri is not supported")
            }
            Self::TooMany(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "too many failures; wait")
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again in a moment")
            }
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the service has failed"),
        };
        Shape { status, code, description }
    }

    /// For how many seconds there is no use in another try, where that is known.
    pub(crate) const fn retry_after(self) -> Option<i64> {
        match self {
            Self::TooMany(seconds) => Some(seconds),
            Self::Unavailable => Some(1),
            _ => None,
        }
    }

    /// What the client is told of a failed check; `now` is in milliseconds.
    pub(crate) fn of(check: &Check, now: i64) -> Self {
        match check {
            Check::TwoMethods => Self::InvalidRequest("the client authenticates in two ways at once"),
            Check::ClientIdsDiffer { .. } => Self::InvalidRequest("two different client ids"),
            Check::ClientIdMissing
            | Check::ClientUnknown { .. }
            | Check::ClientUnauthenticated
            | Check::BasicMalformed
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
            | Check::ConfidentialWithoutSecret => Self::InvalidClient,
            Check::PublicAsItself | Check::GrantTypeNotAllowed { .. } => Self::UnauthorizedClient,
            Check::GrantTypeMissing => Self::InvalidRequest("grant_type is missing"),
            Check::GrantTypeUnsupported { .. } => Self::UnsupportedGrantType,
            Check::ScopeMalformed { .. }
            | Check::ScopeUnknown { .. }
            | Check::ScopeNotHeld { .. }
            | Check::ScopeNone
            | Check::ScopeBeyondGrant { .. }
            | Check::ScopeBeyondToken { .. } => Self::InvalidScope,
            Check::IntrospectNotHeld { .. } => Self::InsufficientScope,
            Check::RedirectMissing => Self::InvalidRequest("redirect_uri is missing"),
            Check::RedirectRepeated => Self::InvalidRequest("redirect_uri is there twice"),
            Check::RedirectMismatch { .. } => Self::InvalidRequest("redirect_uri is not registered"),
            Check::ResponseTypeMissing => Self::InvalidRequest("response_type is missing"),
            Check::ResponseTypeUnsupported { .. } => Self::UnsupportedResponseType,
            Check::ChallengeMissing => Self::InvalidRequest("code_challenge is missing"),
            Check::ChallengeMethod { .. } => Self::InvalidRequest("code_challenge_method must be S256"),
            Check::ChallengeMalformed => Self::InvalidRequest("code_challenge is malformed"),
            Check::RequestObject { parameter: "request_uri" } => Self::RequestUriNotSupported,
            Check::RequestObject { .. } => Self::RequestNotSupported,
            Check::LoginRequired => Self::LoginRequired,
            Check::ConsentRequired { .. } => Self::ConsentRequired,
            Check::UserDenied
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
            | Check::VerifierMissing
            | Check::VerifierMalformed
            | Check::VerifierMismatch
            | Check::RefreshMalformed(_)
            | Check::RefreshUnknown
            | Check::RefreshExpired { .. }
            | Check::RefreshReused { .. }
            | Check::RefreshOfOther(_)
            | Check::RefreshRevoked { .. }
            | Check::GrantRevoked { .. }
            | Check::UserDisabled { .. } => Self::InvalidGrant,
            Check::Request(why) => Self::InvalidRequest(why),
            Check::ParameterRepeated(_) => Self::InvalidRequest("a parameter is there twice"),
            Check::Throttled { until, .. } => Self::TooMany((until.millis() - now).max(0) / 1000 + 1),
            Check::Overloaded | Check::StoreUnavailable => Self::Unavailable,
        }
    }
}
