//! Everything that can fail in a request to the service.

use crate::domain::id::GrantId;
use crate::domain::name::Name;
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::throttle::SubjectKind;
use crate::domain::time::Timestamp;

use crate::domain::refusal::client_ref::ClientRef;
use crate::domain::refusal::redirect::Difference;

/// Why a presented credential cannot be what was wanted, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing of ours begins like that.
    Foreign,
    /// Begins like ours, but is cut short, too long, or has a character that none has.
    Shape,
    /// One character or more is wrong.
    Checksum,
    /// A good credential of ours, of another kind.
    OtherKind,
}

/// What is wrong with a form of one of the service's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFault {
    /// Its token is missing or not the session's: the form was not ours, or cookies are off.
    Foreign,
    /// It was open for too long, or its session has ended.
    Expired,
    /// It was answered already.
    Decided,
}

/// What has failed too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Passwords of this account, or of this name that nobody has.
    Account,
    /// Passwords of this account from a browser that has signed in to it before.
    KnownBrowser,
    /// Passwords from this address.
    Address,
    /// Secrets of this client.
    Client,
    /// Client secrets from this address.
    ClientAddress,
}

impl From<SubjectKind> for Throttle {
    fn from(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Password => Self::Account,
            SubjectKind::KnownBrowser => Self::KnownBrowser,
            SubjectKind::PasswordFrom => Self::Address,
            SubjectKind::ClientSecret => Self::Client,
            SubjectKind::ClientSecretFrom => Self::ClientAddress,
        }
    }
}

/// The check that failed. A text in it came from outside; where it could be a secret, there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    // Who calls.
    /// No `client_id` where one is needed.
    ClientIdMissing,
    /// No such client.
    ClientUnknown {
        /// What was sent as its id.
        sent: String,
        /// The client that has what was sent as its name.
        meant: Option<ClientRef>,
    },
    /// A confidential client's endpoint was called without any authentication and without a client id.
    ClientUnauthenticated,
    /// Basic and form body both.
    TwoMethods,
    /// The header and the body name two clients.
    ClientIdsDiffer {
        /// In the header.
        header: String,
        /// In the body.
        body: String,
    },
    /// The `Authorization` header is not one of HTTP Basic, or cannot be decoded.
    BasicMalformed,
    /// The secret cannot be one.
    SecretMalformed(Malformed),
    /// A well-formed secret that no client has.
    SecretUnknown,
    /// The secret of another client.
    SecretOfOther(ClientRef),
    /// A rotation has ended the secret.
    SecretRetired {
        /// Its last four characters.
        hint: String,
        /// When its overlap was over.
        at: Timestamp,
    },
    /// The secret was ended at once.
    SecretRevoked {
        /// Its last four characters.
        hint: String,
        /// When.
        at: Timestamp,
    },
    /// The secret was minted, but never known to have reached anybody.
    SecretPending {
        /// Its last four characters.
        hint: String,
    },
    /// The client is switched off.
    ClientDisabled {
        /// Since when.
        since: Timestamp,
    },
    /// The client's time is over.
    ClientExpired {
        /// Since when.
        at: Timestamp,
    },
    /// The client was ended for good.
    ClientRevoked {
        /// When.
        at: Timestamp,
    },
    /// A public client sent a secret, which it cannot have.
    PublicWithSecret,
    /// A confidential client sent no secret.
    ConfidentialWithoutSecret,
    /// A public client asked for a token of its own.
    PublicAsItself,

    // What is asked for.
    /// `grant_type` is missing.
    GrantTypeMissing,
    /// No such grant type here.
    GrantTypeUnsupported {
        /// What was sent.
        sent: String,
    },
    /// The client may not use this grant type.
    GrantTypeNotAllowed {
        /// Which.
        asked: &'static str,
    },
    /// `scope` does not have the form of RFC 6749 section 3.3.
    ScopeMalformed {
        /// What was sent.
        sent: String,
    },
    /// Nobody declared that scope.
    ScopeUnknown {
        /// Which.
        scope: Scope,
        /// A declared one that is much like it.
        near: Option<Scope>,
    },
    /// The client does not hold these scopes.
    ScopeNotHeld {
        /// Which it lacks.
        missing: ScopeSet,
        /// The group that it holds.
        group: Option<Name>,
    },
    /// No scope was asked for, or none is left, and the client holds none.
    ScopeNone,
    /// The user has not granted these scopes, or not any more.
    ScopeBeyondGrant {
        /// Which.
        missing: ScopeSet,
    },
    /// A refresh asked for more than its refresh token holds (RFC 6749 section 6).
    ScopeBeyondToken {
        /// Which.
        missing: ScopeSet,
    },
    /// The caller of introspection does not hold `apiconn:introspect`.
    IntrospectNotHeld {
        /// The group that it holds.
        group: Option<Name>,
    },

    // The authorization request.
    /// No `redirect_uri`.
    RedirectMissing,
    /// `redirect_uri` more than once.
    RedirectRepeated,
    /// `redirect_uri` is none of the registered ones.
    RedirectMismatch {
        /// What was sent.
        sent: String,
        /// The registered one that is most like it, and how they differ; none where nothing is registered.
        nearest: Option<(RedirectUri, Difference)>,
    },
    /// No `response_type`.
    ResponseTypeMissing,
    /// A `response_type` other than `code`.
    ResponseTypeUnsupported {
        /// What was sent.
        sent: String,
    },
    /// No `code_challenge`.
    ChallengeMissing,
    /// A `code_challenge_method` other than S256.
    ChallengeMethod {
        /// What was sent; none means `plain` (RFC 7636 section 4.3).
        sent: Option<String>,
    },
    /// `code_challenge` is not the 43 characters of a SHA-256 in base64url.
    ChallengeMalformed,
    /// `request` or `request_uri`.
    RequestObject {
        /// Which of them.
        parameter: &'static str,
    },
    /// `prompt=none`, and nobody is signed in.
    LoginRequired,
    /// `prompt=none`, and the user has not granted all that is asked for.
    ConsentRequired {
        /// What would have to be asked; none where this client always asks.
        missing: Option<ScopeSet>,
    },
    /// The user said no.
    UserDenied,

    // The exchange of a code.
    /// No `code`.
    CodeMissing,
    /// The code cannot be one.
    CodeMalformed(Malformed),
    /// No such code, or one that expired long ago.
    CodeUnknown,
    /// The code was not exchanged in time.
    CodeExpired {
        /// When its time was over.
        at: Timestamp,
    },
    /// The code was exchanged before: all that it issued was ended.
    CodeReplayed {
        /// When it was exchanged.
        redeemed_at: Timestamp,
    },
    /// The code was made for another client.
    CodeOfOther(ClientRef),
    /// `redirect_uri` is not the one that the code was made for.
    CodeRedirectDiffers {
        /// What was sent, if anything was.
        sent: Option<String>,
        /// What the code was made for.
        expected: String,
    },
    /// No `code_verifier`.
    VerifierMissing,
    /// `code_verifier` is not 43 to 128 unreserved characters.
    VerifierMalformed,
    /// The `code_verifier` is not that of the challenge.
    VerifierMismatch,

    // Refreshing.
    /// No `refresh_token`.
    RefreshMissing,
    /// The refresh token cannot be one.
    RefreshMalformed(Malformed),
    /// No such refresh token, or one that expired long ago.
    RefreshUnknown,
    /// The refresh token was not used in time.
    RefreshExpired {
        /// When its time was over.
        at: Timestamp,
    },
    /// The refresh token was used before: its family and their access tokens were ended.
    RefreshReused {
        /// When it was used.
        rotated_at: Timestamp,
    },
    /// The refresh token of another client.
    RefreshOfOther(ClientRef),
    /// The refresh token was ended: by itself, or with its family or secret.
    RefreshRevoked {
        /// When, where that is known.
        at: Option<Timestamp>,
    },
    /// The grant that code or token rests on was ended.
    GrantRevoked {
        /// Which.
        grant: GrantId,
        /// When.
        at: Timestamp,
    },
    /// The user of the grant or session is switched off.
    UserDisabled {
        /// Since when.
        since: Timestamp,
    },

    // Pages.
    /// A form that is not, or no longer, an answer to a question of ours.
    Form(FormFault),
    /// The password is not that of the user.
    WrongPassword,
    /// Nobody has the name that was typed. It is not kept: people type passwords there.
    UnknownUser,
    /// The password fits, and the user is switched off.
    SignInDisabled {
        /// Since when.
        since: Timestamp,
    },

    // The request as such, and the service itself.
    /// The request is malformed.
    Request(&'static str),
    /// A parameter more than once.
    ParameterRepeated(&'static str),
    /// Too many failures.
    Throttled {
        /// Of what.
        what: Throttle,
        /// Until when the next attempt is refused unseen.
        until: Timestamp,
    },
    /// More requests wait than the service takes.
    Overloaded,
    /// The store could not be used.
    StoreUnavailable,
}
