//! The scopes of an issued token.

use crate::actions::stop::Stop;
use crate::domain::client::Client;
use crate::domain::refusal::{Check, Refusal};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::suggest::near;
use crate::store::{ReadTx, StoreError};

/// Returns the requested scopes without those of `OpenID` Connect, which a service may ignore (RFC 6749 section 3.3). A scope
/// that an administrator declared or gave to the client is not ignored. `None` requests every scope of the client, which an
/// ignored scope must not become.
///
/// # Errors
/// [`Stop::Refused`] with [`Check::ScopeOpenIdOnly`] if no other scope was requested; [`StoreError`] if the store cannot be
/// read.
pub(crate) fn without_openid_connect(
    read: &dyn ReadTx,
    client: &Client,
    requested: Option<&ScopeSet>,
) -> Result<Option<ScopeSet>, Stop<StoreError>> {
    let Some(requested) = requested else { return Ok(None) };
    // Most requests have no such scope. Then the scopes of the client need not be collected.
    if !requested.iter().any(Scope::is_openid_connect) {
        return Ok(Some(requested.clone()));
    }
    let held = client.scopes();
    let mut ignored: ScopeSet = requested
        .iter()
        .filter(|scope| scope.is_openid_connect() && !held.contains(scope))
        .cloned()
        .collect();
    if ignored.is_empty() {
        return Ok(Some(requested.clone()));
    }
    let declared: ScopeSet = read.scopes()?.into_iter().map(|entry| entry.scope).collect();
    ignored = ignored.without(&declared);
    let rest = requested.without(&ignored);
    if rest.is_empty() {
        return Err(Check::ScopeOpenIdOnly { ignored, declared, held }.into());
    }
    Ok(Some(rest))
}

/// Returns the scopes to issue: exactly the requested ones, or every scope of the client if it requested none (RFC 6749
/// section 3.3).
///
/// # Errors
/// [`Refusal`] if the client does not have one of them, or if there is none to issue.
pub fn granted_scopes(client: &Client, requested: Option<&ScopeSet>) -> Result<ScopeSet, Box<Refusal>> {
    match Check::of_scopes(client, requested) {
        Some(check) => Err(Box::new(Refusal::from(check).of(client))),
        None => Ok(requested.cloned().unwrap_or_else(|| client.scopes())),
    }
}

/// Replaces [`Check::ScopeNotHeld`] by [`Check::ScopeUnknown`] if a missing scope is not declared. Other checks are
/// returned unchanged.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn explain_missing_scope(read: &dyn ReadTx, check: Check) -> Result<Check, StoreError> {
    let Check::ScopeNotHeld { missing, .. } = &check else { return Ok(check) };
    let declared = read.scopes()?;
    let unknown = missing.iter().find(|scope| {
        !declared.is_empty() && !scope.is_built_in() && !declared.iter().any(|entry| entry.scope == **scope)
    });
    Ok(match unknown {
        None => check,
        Some(scope) => {
            let part = declared.iter().find(|entry| scope.parts().any(|part| part == entry.scope.as_str()));
            let near = part.map(|entry| entry.scope.clone()).or_else(|| {
                let names = declared.iter().map(|entry| entry.scope.to_string());
                near(scope.as_str(), names).first().and_then(|name| name.parse::<Scope>().ok())
            });
            Check::ScopeUnknown { scope: scope.clone(), near }
        }
    })
}
