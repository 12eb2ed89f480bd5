//! The checks that can fail in a request to the service.

use crate::domain::id::GrantId;
use crate::domain::name::Name;
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::throttle::SubjectKind;
use crate::domain::time::Timestamp;

use crate::domain::refusal::client_ref::ClientRef;
use crate::domain::refusal::redirect::Difference;
use crate::domain::refusal::text_fault::TextFault;

/// The difference between a text and the expected kind of credential, by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFault {
    /// The text has no prefix of a credential.
    Foreign,
    /// The text has such a prefix, but a wrong length or an invalid character.
    Shape,
    /// The checksum does not match, so at least one character is wrong.
    Checksum,
    /// The text is a credential of another kind.
    OtherKind,
}

/// The reason why an `Authorization` header contains no credentials (RFC 7617, RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasicFault {
    /// The scheme is not `Basic`.
    OtherScheme,
    /// No text follows the scheme.
    Empty,
    /// The text after the scheme has a colon, so it was not encoded.
    NotEncoded,
    /// The text after the scheme is not base64.
    NotBase64,
    /// The base64 contains UTF-16.
    Utf16,
    /// The decoded text has no colon between the id and the secret.
    NoColon,
    /// The id is malformed.
    Id(TextFault),
    /// The secret is malformed.
    Secret(TextFault),
}

/// The reason why the form of a page is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFault {
    /// The form token is missing or belongs to another session. Another site sent the form, or the browser refuses cookies.
    Foreign,
    /// The consent request or the session ended before the form was sent.
    Expired,
    /// The form was sent before.
    Decided,
}

/// A limit on the rows that one user can cause, or a client with the grant of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserLimit {
    /// Grants that the user creates, widens or revokes.
    GrantChanges,
    /// Decisions on consent pages in one session.
    Decisions,
    /// Authorization codes of one grant.
    Codes,
}

/// A failed check. Texts in it come from the request. A text that could be a secret is not included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    // The identity of the client.
    ClientIdMissing,
    /// No client has the id.
    ClientUnknown {
        /// The text that was sent as `client_id`.
        sent: String,
        /// The client whose name was sent instead of its id.
        meant: Option<ClientRef>,
    },
    /// The request contains neither client authentication nor a `client_id`.
    ClientUnauthenticated,
    /// The request authenticates in the header and in the body (RFC 6749 section 2.3 forbids it).
    TwoMethods,
    /// The header and the body contain different client ids.
    ClientIdsDiffer {
        header: String,
        body: String,
    },
    /// The `Authorization` header is not HTTP Basic or cannot be decoded.
    BasicMalformed(BasicFault),
    /// The text is not a client secret.
    SecretMalformed(CredentialFault),
    /// The secret is well-formed, but no client has it.
    SecretUnknown,
    /// The secret belongs to another client.
    SecretOfOther(ClientRef),
    /// The overlap of a rotation ended, and the secret with it.
    SecretRetired {
        /// The last four characters of the secret.
        hint: String,
        at: Timestamp,
    },
    /// The secret was revoked.
    SecretRevoked {
        /// The last four characters of the secret.
        hint: String,
        at: Timestamp,
    },
    /// The delivery of the secret was never confirmed.
    SecretPending {
        /// The last four characters of the secret.
        hint: String,
    },
    ClientDisabled {
        since: Timestamp,
    },
    ClientExpired {
        at: Timestamp,
    },
    ClientRevoked {
        at: Timestamp,
    },
    /// A public client sent a secret.
    PublicWithSecret,
    /// A confidential client sent no secret.
    ConfidentialWithoutSecret,
    /// A public client used `client_credentials`.
    PublicAsItself,
    /// A public client called introspection, which requires a secret.
    PublicIntrospects,

    // The requested token.
    GrantTypeMissing,
    /// The service does not support the grant type.
    GrantTypeUnsupported {
        /// The text that was sent.
        sent: String,
    },
    /// The client may not use this grant type.
    GrantTypeNotAllowed {
        asked: &'static str,
    },
    /// `scope` is not a list of scope-tokens (RFC 6749 section 3.3).
    ScopeMalformed {
        /// The text that was sent.
        sent: String,
    },
    /// The scope is not declared.
    ScopeUnknown {
        scope: Scope,
        /// The most similar declared scope.
        near: Option<Scope>,
    },
    /// The client does not have these scopes.
    ScopeNotHeld {
        missing: ScopeSet,
        /// The group of the client.
        group: Option<Name>,
    },
    /// Only scopes of `OpenID` Connect were requested.
    ScopeOpenIdOnly {
        ignored: ScopeSet,
        /// Every scope that is declared.
        declared: ScopeSet,
        /// The scopes of the client.
        held: ScopeSet,
    },
    /// There is no scope to issue.
    ScopeNone,
    /// The client or the grant has lost every scope that was granted.
    ScopeNoneLeft,
    /// The grant does not contain these scopes.
    ScopeBeyondGrant {
        missing: ScopeSet,
    },
    /// The refresh token does not contain these scopes (RFC 6749 section 6).
    ScopeBeyondToken {
        missing: ScopeSet,
    },
    /// The caller of introspection presented a valid credential that a key with the scope for introspection may
    /// introspect, and does not have that right. The response is not an error.
    IntrospectNotHeld {
        /// The group of the client.
        group: Option<Name>,
    },

    // The authorization request.
    RedirectMissing,
    /// `redirect_uri` was sent more than once.
    RedirectRepeated,
    /// `redirect_uri` is not registered.
    RedirectMismatch {
        /// The text that was sent.
        sent: String,
        /// The most similar registered URI and the differences; `None` if no URI is registered.
        nearest: Option<(RedirectUri, Difference)>,
    },
    ResponseTypeMissing,
    /// `response_type` is not `code`.
    ResponseTypeUnsupported {
        /// The text that was sent.
        sent: String,
    },
    /// `response_mode` is not `query`.
    ResponseModeUnsupported {
        /// The text that was sent.
        sent: String,
    },
    /// No `code_challenge` was sent, although PKCE is required.
    ChallengeMissing {
        /// True if the client has a secret, so that PKCE may be made optional.
        confidential: bool,
    },
    /// Neither `code_challenge` nor `state` was sent, and PKCE is optional.
    StateMissing,
    /// `code_challenge_method` is not `S256`.
    ChallengeMethod {
        /// The text that was sent. If it is absent, the method is `plain` (RFC 7636 section 4.3).
        sent: Option<String>,
    },
    /// `code_challenge` does not consist of 43 base64url characters.
    ChallengeMalformed,
    /// The request contains a request object (RFC 9101).
    RequestObject {
        /// The name of the parameter, `request` or `request_uri`.
        parameter: &'static str,
    },
    /// `prompt=none` was sent, but no user is signed in.
    LoginRequired,
    /// The session ended after the request was checked.
    SessionEnded,
    /// `prompt=none` was sent, but the user has to consent.
    ConsentRequired {
        /// The scopes that are not granted; `None` if the user must consent each time.
        missing: Option<ScopeSet>,
    },
    /// The user denied the request.
    UserDenied,

    // The exchange of a code.
    CodeMissing,
    /// The text is not an authorization code.
    CodeMalformed(CredentialFault),
    /// The code is unknown, or it expired and was deleted.
    CodeUnknown,
    /// The code expired before it was exchanged.
    CodeExpired {
        at: Timestamp,
    },
    /// The code was exchanged before, and every token issued from it was ended.
    CodeReplayed {
        /// The moment of the first exchange.
        redeemed_at: Timestamp,
    },
    /// The code was issued to another client.
    CodeOfOther(ClientRef),
    /// `redirect_uri` differs from that of the authorization request.
    CodeRedirectDiffers {
        /// The URI that was sent.
        sent: Option<String>,
        /// The URI of the authorization request.
        expected: String,
    },
    /// The code was requested without a challenge, and PKCE has become required.
    CodeWithoutChallenge,
    VerifierMissing,
    /// `code_verifier` was sent for a code that was requested without a challenge.
    VerifierUnexpected,
    /// `code_verifier` does not consist of 43 to 128 unreserved characters.
    VerifierMalformed,
    /// `code_verifier` does not match the challenge.
    VerifierMismatch,

    // The exchange of a refresh token.
    RefreshMissing,
    /// The text is not a refresh token.
    RefreshMalformed(CredentialFault),
    /// The refresh token is unknown, or it expired and was deleted.
    RefreshUnknown,
    /// The refresh token expired before it was used.
    RefreshExpired {
        at: Timestamp,
    },
    /// The family of the refresh token has reached its end.
    RefreshFamilyExpired {
        at: Timestamp,
    },
    /// The refresh token was used before, and every token of its family was ended.
    RefreshReused {
        /// The moment of the first use; `None` if it is not known, because the token is not the one before the newest.
        rotated_at: Option<Timestamp>,
    },
    /// The refresh token was issued to another client.
    RefreshOfOther(ClientRef),
    /// The refresh token was revoked, alone or with its family or its secret.
    RefreshRevoked {
        /// The moment of the revocation, if it is known.
        at: Option<Timestamp>,
    },
    /// The grant on which the code or the token is based was revoked.
    GrantRevoked {
        grant: GrantId,
        at: Timestamp,
    },
    /// The user of the grant or the session is disabled.
    UserDisabled {
        since: Timestamp,
    },

    // Pages.
    /// The form of a page is not accepted.
    Form(FormFault),
    /// The password is wrong.
    WrongPassword,
    /// No user has the name that was entered. The name is not included, because people enter passwords there.
    UnknownUser,
    /// The password is right, but the user is disabled.
    SignInDisabled {
        since: Timestamp,
    },

    // The request itself, and the service.
    /// The request names a host that is not allowed.
    HostNotAllowed {
        /// The host, escaped and shortened.
        sent: String,
    },
    /// The request for a page names a host that is allowed and not the issuer's.
    HostWithoutPages {
        /// The host, escaped and shortened.
        sent: String,
    },
    /// The request is malformed, for this reason.
    Request(&'static str),
    /// A parameter is not encoded correctly or contains a control character.
    ParameterMalformed {
        /// The name of a known parameter, or words for another one.
        parameter: &'static str,
        fault: TextFault,
    },
    /// This parameter was sent more than once.
    ParameterRepeated(&'static str),
    /// Too many attempts failed.
    Throttled {
        what: SubjectKind,
        /// Attempts before this time are refused without being checked.
        until: Timestamp,
    },
    /// The limit is reached.
    UserLimit {
        limit: UserLimit,
        /// The next request is accepted from this moment on.
        until: Timestamp,
    },
    /// Too many requests are waiting.
    Overloaded,
    /// The store was not available.
    StoreUnavailable,
}
