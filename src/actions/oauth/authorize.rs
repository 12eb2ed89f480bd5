//! Authorization requests: what a consumer asks of a user (RFC 6749 section 4.1.1), and what the user decides.
//!
//! The order of checks is the rule that keeps this from being an open redirector: who asks and where the answer goes come
//! first ([`destination`]), and until both are known nothing is sent anywhere but to a page of our own (RFC 9700 section
//! 4.11.2). Everything after that is told to the consumer ([`check`]).

use crate::credentials::digest::Digest;
use crate::credentials::mint;
use crate::domain::State;
use crate::domain::client::{Client, GrantType, Profile};
use crate::domain::code::{CODE_LIFETIME, RedirectTarget};
use crate::domain::grant::Grant;
use crate::domain::id::ClientId;
use crate::domain::refusal::{Check, Decision, Refusal};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::secret_text::SecretText;
use crate::domain::session::HeldSession;
use crate::domain::time::{Span, Timestamp};
use crate::store::codes::{ConsentRequest, NewCode};
use crate::store::{ReadTx, StoreError, WriteTx};

use crate::actions::authenticate::{ensure_usable, unknown_client};
use crate::actions::oauth::scopes::{explain_missing_scope, granted_scopes};
use crate::actions::stop::{Stop, into_decision};
use crate::actions::{ActionError, Change, grants};

/// How long a user may look at the consent page.
pub const CONSENT_LIFETIME: Span = Span::minutes(10);

/// How many questions that nobody answered go with each new one, so that they cannot pile up.
const ALONG: u32 = 4;

/// Who asks, and where the answer goes: both checked.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Who asks.
    pub client: Client,
    /// Where the answer goes.
    pub redirect_uri: RedirectTarget,
}

/// Checks who asks and where the answer shall go.
///
/// # Errors
/// The outer error is the store's; the inner one says which check failed, and is for a page of our own.
pub fn destination(
    read: &dyn ReadTx,
    client_id: Option<&str>,
    redirect_uri: Option<&str>,
    now: Timestamp,
) -> Result<Decision<Destination>, StoreError> {
    let mut known = None;
    let destination = try_destination(read, client_id, redirect_uri, now, &mut known);
    Ok(match into_decision(destination)? {
        Decision::Refused(refusal) => Decision::Refused(Box::new(match &known {
            Some(client) => refusal.of(client),
            None => refusal.of_sent_id(client_id),
        })),
        allowed @ Decision::Allowed(_) => allowed,
    })
}

fn try_destination(
    read: &dyn ReadTx,
    client_id: Option<&str>,
    redirect_uri: Option<&str>,
    now: Timestamp,
    known: &mut Option<Client>,
) -> Result<Destination, Stop<StoreError>> {
    let client_id = client_id.ok_or(Check::ClientIdMissing)?;
    let client = match client_id.parse::<ClientId>() {
        Ok(id) => read.client(&id)?,
        Err(_) => None,
    };
    let Some(client) = client else { return Err(unknown_client(read, client_id)?.into()) };
    let client = &*known.insert(client);
    ensure_usable(client, now)?;
    let redirect_uri = redirect_target(client, redirect_uri)?;
    Ok(Destination { client: client.clone(), redirect_uri })
}

fn redirect_target(client: &Client, sent: Option<&str>) -> Result<RedirectTarget, Check> {
    let not_allowed = || Check::GrantTypeNotAllowed { asked: GrantType::AuthorizationCode.as_str() };
    let Profile::Consumer(profile) = &client.profile else { return Err(not_allowed()) };
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(not_allowed());
    }
    let registered = &profile.redirect_uris;
    match (sent, registered.as_slice()) {
        // RFC 6749 section 3.1.2.3.
        (None, [only]) => Ok(RedirectTarget::checked(only.as_str().to_owned())),
        (None, _) => Err(Check::RedirectMissing),
        (Some(sent), _) => {
            let any_port = !client.is_confidential();
            if registered.iter().any(|uri| uri.matches(sent, any_port)) {
                Ok(RedirectTarget::checked(sent.to_owned()))
            } else {
                Err(Check::redirect_mismatch(sent, registered))
            }
        }
    }
}

/// What else an authorization request says.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthorizationParameters<'a> {
    /// `response_type`
    pub response_type: Option<&'a str>,
    /// `scope`
    pub scope: Option<&'a str>,
    /// `state`
    pub state: Option<&'a str>,
    /// `code_challenge`
    pub code_challenge: Option<&'a str>,
    /// `code_challenge_method`
    pub code_challenge_method: Option<&'a str>,
    /// `prompt`
    pub prompt: Option<&'a str>,
    /// The first of `request` and `request_uri` that was sent.
    pub request_object: Option<&'static str>,
}

/// What a consumer says about being asked (`prompt`, which `OpenID` Connect Core defines in section 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing may be shown.
    None,
    /// As is needed, and more where these say so.
    AsNeeded {
        /// The password again, whoever is signed in.
        login: bool,
        /// The consent again, whatever is granted.
        consent: bool,
    },
}

/// A request that was found good.
#[derive(Clone, Debug)]
pub struct ValidRequest {
    /// Who asks.
    pub client: Client,
    /// What it asks for.
    pub request: ConsentRequest,
    /// What may be shown.
    pub prompt: Prompt,
}

/// Checks everything else. PKCE with S256 is wanted of every client (RFC 9700 section 2.1.1), so that a code can never be
/// exchanged without its proof.
///
/// # Errors
/// The outer error is the store's; the inner one says which check failed, and is told to the client.
pub fn check(
    read: &dyn ReadTx,
    destination: Destination,
    parameters: AuthorizationParameters<'_>,
) -> Result<Decision<ValidRequest>, StoreError> {
    let client = destination.client.clone();
    Ok(match into_decision(try_check(read, destination, parameters))? {
        Decision::Refused(refusal) => Decision::Refused(Box::new(refusal.of(&client))),
        allowed @ Decision::Allowed(_) => allowed,
    })
}

fn try_check(
    read: &dyn ReadTx,
    destination: Destination,
    parameters: AuthorizationParameters<'_>,
) -> Result<ValidRequest, Stop<StoreError>> {
    let Destination { client, redirect_uri } = destination;
    let (scopes, challenge, prompt) = formal_checks(parameters)?;
    let mut scopes = match granted_scopes(&client, scopes.as_ref()) {
        Ok(scopes) => scopes,
        Err(refusal) => return Err(explain_missing_scope(read, refusal.check)?.into()),
    };
    // A scope of this program itself is the client's to use; no user can grant it.
    let own: Vec<Scope> = scopes.iter().filter(|scope| scope.is_built_in()).cloned().collect();
    for scope in &own {
        scopes.remove(scope);
    }
    if scopes.is_empty() {
        return Err(Check::ScopeNone.into());
    }
    let request = ConsentRequest {
        client: client.id.clone(),
        redirect_uri,
        state: parameters.state.map(str::to_owned),
        scopes,
        challenge,
    };
    Ok(ValidRequest { client, request, prompt })
}

type Formal = (Option<ScopeSet>, crate::domain::code::CodeChallenge, Prompt);

fn formal_checks(parameters: AuthorizationParameters<'_>) -> Result<Formal, Check> {
    let refused = Err;
    if let Some(parameter) = parameters.request_object {
        return refused(Check::RequestObject { parameter });
    }
    match parameters.response_type {
        Some("code") => {}
        None => return refused(Check::ResponseTypeMissing),
        Some(sent) => return refused(Check::ResponseTypeUnsupported { sent: sent.to_owned() }),
    }
    let Some(challenge) = parameters.code_challenge else { return refused(Check::ChallengeMissing) };
    if parameters.code_challenge_method != Some("S256") {
        let sent = parameters.code_challenge_method.map(str::to_owned);
        return refused(Check::ChallengeMethod { sent });
    }
    let Ok(challenge) = challenge.parse() else { return refused(Check::ChallengeMalformed) };
    let scopes = match parameters.scope.map(str::parse::<ScopeSet>) {
        None => None,
        Some(Ok(scopes)) => Some(scopes),
        Some(Err(_)) => {
            let sent = parameters.scope.unwrap_or_default().to_owned();
            return refused(Check::ScopeMalformed { sent });
        }
    };
    let mut prompt = (false, false, false);
    for word in parameters.prompt.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.0 = true,
            // Another account is another sign-in.
            "login" | "select_account" => prompt.1 = true,
            "consent" => prompt.2 = true,
            _ => return refused(Check::Request("prompt has an unknown value")),
        }
    }
    let prompt = match prompt {
        (true, false, false) => Prompt::None,
        (true, ..) => return refused(Check::Request("prompt=none stands beside another value")),
        (false, login, consent) => Prompt::AsNeeded { login, consent },
    };
    Ok((scopes, challenge, prompt))
}

/// What comes next for a request that was found good.
#[derive(Clone, Debug)]
pub enum NextStep {
    /// The user has to sign in.
    SignIn,
    /// The user has to be asked. What they have granted already is marked.
    Ask {
        /// The grant in force, if there is one.
        granted: Option<Grant>,
    },
    /// The user has granted all this before.
    Allowed,
}

/// Decides what comes next. A confidential consumer whose grant covers the request is not asked for again; a public one is
/// always, since anybody can say that they are it (RFC 6749 section 10.2).
///
/// # Errors
/// The outer error is the store's; the inner one says what `prompt=none` stood in the way of.
pub fn next_step(
    read: &dyn ReadTx,
    request: &ValidRequest,
    session: Option<&HeldSession>,
) -> Result<Decision<NextStep>, StoreError> {
    let silent = request.prompt == Prompt::None;
    let again = matches!(request.prompt, Prompt::AsNeeded { login: true, .. });
    let Some(session) = session.filter(|_| !again) else {
        return Ok(if silent {
            Decision::Refused(Box::new(Refusal::from(Check::LoginRequired).of(&request.client)))
        } else {
            Decision::Allowed(NextStep::SignIn)
        });
    };
    let granted = read.active_grant(&session.user.id, &request.client.id)?;
    let missing = match &granted {
        Some(grant) => request.request.scopes.without(&grant.scopes),
        None => request.request.scopes.clone(),
    };
    let wanted = matches!(request.prompt, Prompt::AsNeeded { consent: true, .. });
    let confidential = request.client.is_confidential();
    if confidential && missing.is_empty() && !wanted {
        return Ok(Decision::Allowed(NextStep::Allowed));
    }
    if silent {
        let missing = confidential.then_some(missing);
        let refusal = Refusal::from(Check::ConsentRequired { missing });
        return Ok(Decision::Refused(Box::new(refusal.of(&request.client).about(&session.user))));
    }
    Ok(Decision::Allowed(NextStep::Ask { granted }))
}

/// Notes what a user is being asked; gives the token of the page's form.
///
/// # Errors
/// Fails where the store cannot be written.
pub fn ask(
    write: &mut dyn WriteTx,
    random: &mut mint::Random,
    now: Timestamp,
    session: &Digest,
    request: &ConsentRequest,
) -> Result<SecretText, StoreError> {
    let form = mint::browser_secret(random);
    write.sweep_consent_requests(now, ALONG)?;
    write.insert_consent_request(&Digest::of(&form), session, request, now.plus(CONSENT_LIFETIME))?;
    Ok(form)
}

/// What an allowance rests on.
#[derive(Clone, Debug)]
pub enum Allowance {
    /// The user was asked just now, and allows this.
    Given(ScopeSet),
    /// The user allowed it before, as a snapshot said.
    Standing,
}

/// Why there is no code, and who is told.
#[derive(Clone, Debug)]
pub enum NotAllowed {
    /// Who asked, or where the answer was to go, is accepted no more. Nothing is sent there.
    Destination(Box<Refusal>),
    /// The client is told.
    Request(Box<Refusal>),
    /// What this rested on is there no more: a grant, which without asking the user again would come back to life, or the
    /// question, which was answered.
    Lapsed,
}

/// Takes the user's decision, once: the question is taken away with it.
///
/// # Errors
/// As [`allow`].
pub fn answer_consent(
    change: &mut Change<'_>,
    session: &Digest,
    form: &Digest,
    request: &ConsentRequest,
    allowed: ScopeSet,
) -> Result<Result<SecretText, NotAllowed>, ActionError> {
    if !change.write().take_consent_request(form, session)? {
        return Ok(Err(NotAllowed::Lapsed));
    }
    allow(change, session, request, &Allowance::Given(allowed))
}

/// Takes the user's allowance: makes or widens the grant, and issues the code. What was not asked for cannot be allowed,
/// whatever the form says. Everything is looked at again in the transaction that issues, since an administrator may have
/// ended any of it meanwhile.
///
/// # Errors
/// The outer error is the store's or the grant's; the inner one says why there is no code.
pub fn allow(
    change: &mut Change<'_>,
    session: &Digest,
    request: &ConsentRequest,
    consent: &Allowance,
) -> Result<Result<SecretText, NotAllowed>, ActionError> {
    let refused = |check: Check| Ok(Err(NotAllowed::Request(check.into())));
    let now = change.now();
    let Some(held) = crate::actions::sessions::current(change.read(), session, now)? else {
        return refused(Check::LoginRequired);
    };
    let Some(client) = change.read().client(&request.client)? else {
        return Err(StoreError::Damaged("a client is gone".to_owned()).into());
    };
    let destination = ensure_usable(&client, now).and_then(|()| {
        redirect_target(&client, Some(request.redirect_uri.as_str()))
            .map_err(|check| Box::new(Refusal::from(check).of(&client)))
    });
    if let Err(refusal) = destination {
        return Ok(Err(NotAllowed::Destination(refusal)));
    }
    let allowed = match consent {
        Allowance::Given(allowed) => allowed,
        Allowance::Standing => {
            let granted = change.read().active_grant(&held.user.id, &client.id)?;
            let still = granted.is_some_and(|grant| grant.scopes.covers(&request.scopes));
            if !still || !client.is_confidential() {
                return Ok(Err(NotAllowed::Lapsed));
            }
            &request.scopes
        }
    };
    let scopes = allowed.intersection(&request.scopes).intersection(&client.scopes());
    if scopes.is_empty() {
        return refused(Check::UserDenied);
    }
    if held.user.state() != State::Active {
        return refused(Check::UserDisabled { since: held.user.disabled_at.unwrap_or(now) });
    }
    let grant = grants::authorize(change, held.user, client, &scopes)?;
    let minted = {
        let (_, random) = change.write_and_random();
        mint::authorization_code(random)
    };
    change.write().insert_code(&NewCode {
        digest: &minted.digest,
        client: &request.client,
        grant: &grant.id,
        redirect_uri: &request.redirect_uri,
        scopes: &scopes,
        challenge: &request.challenge,
        expires_at: now.plus(CODE_LIFETIME),
    })?;
    Ok(Ok(minted.plain))
}
