//! The scopes of an issued token.

use crate::domain::client::Client;
use crate::domain::refusal::{Check, Refusal};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::suggest::near;
use crate::store::{ReadTx, StoreError};

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
            let names = declared.iter().map(|entry| entry.scope.to_string());
            let near = near(scope.as_str(), names).into_iter().next();
            let near = near.and_then(|name| name.parse::<Scope>().ok());
            Check::ScopeUnknown { scope: scope.clone(), near }
        }
    })
}
