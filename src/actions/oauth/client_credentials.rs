//! Issuing by client credentials (RFC 6749 section 4.4).

use crate::actions::oauth::issue::{
    IssuedToken, TokenOrigin, ensure_may_use, issue_access_token, recheck_secret,
};
use crate::actions::oauth::scopes::{granted_scopes, without_openid_connect};
use crate::actions::stop::{Stop, into_decision};
use crate::credentials::mint::Random;
use crate::domain::consumer::GrantType;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::refusal::{Check, Decision};
use crate::domain::scope::ScopeSet;
use crate::domain::secret::SecretRecord;
use crate::domain::time::Timestamp;
use crate::store::{StoreError, WriteTx};

/// A request for a token by client credentials.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The client that was authenticated.
    pub client: ClientId,
    /// The secret that it presented.
    pub secret: SecretId,
    /// The requested scopes; `None` for every scope of the client.
    pub scopes: Option<ScopeSet>,
}

/// Issues an access token by client credentials. The client is read again in the transaction that stores the token, because
/// an administrator may have disabled or revoked it since it was authenticated.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn issue_client_credentials(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    request: &ClientCredentials,
) -> Result<Decision<IssuedToken>, StoreError> {
    into_decision(try_issue(write, random, now, request))
}

fn try_issue(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    request: &ClientCredentials,
) -> Result<IssuedToken, Stop<StoreError>> {
    // One query reads the secret and its client: this is the most frequent request of the service.
    let record = write.secret(&request.secret)?.filter(|record| record.client.id == request.client);
    let SecretRecord { secret, client } = record.ok_or(Check::SecretUnknown)?;
    let grant_type = GrantType::ClientCredentials;
    ensure_may_use(&client, grant_type, grant_type.as_str(), now)?;
    recheck_secret(write, &secret, now)?;
    let requested = without_openid_connect(write, &client, request.scopes.as_ref())?;
    let scopes = granted_scopes(&client, requested.as_ref())?;
    let origin = TokenOrigin {
        client: &client,
        secret: Some(&request.secret),
        grant: None,
        code: None,
        family_end: None,
    };
    Ok(issue_access_token(write, random, now, scopes, origin)?)
}
