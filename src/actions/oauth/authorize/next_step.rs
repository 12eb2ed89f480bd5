//! The next step of a valid authorization request.

use crate::actions::oauth::authorize::parameters::Prompt;
use crate::actions::oauth::authorize::request::ValidRequest;
use crate::domain::grant::Grant;
use crate::domain::refusal::{Check, Decision, Refusal};
use crate::domain::session::SessionRecord;
use crate::store::{ReadTx, StoreError};

/// The next step of a valid request.
#[derive(Clone, Debug)]
pub enum NextStep {
    /// Show the sign-in page.
    SignIn,
    /// Show the consent page, with the granted scopes preselected.
    Ask {
        /// The grant in force between the user and the client.
        granted: Option<Grant>,
    },
    /// Issue a code without asking the user, who granted every scope before.
    Allowed,
}

/// Decides the next step. For a confidential consumer whose grant covers the request, the user is not asked again. For a
/// public consumer the user is always asked, because any program can use its client id (RFC 6749 section 10.2). A refusal
/// says which page `prompt=none` prevented.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn next_step(
    read: &dyn ReadTx,
    request: &ValidRequest,
    session: Option<&SessionRecord>,
) -> Result<Decision<NextStep>, StoreError> {
    let silent = request.prompt == Prompt::None;
    let sign_in_again = matches!(request.prompt, Prompt::AsNeeded { login: true, .. });
    let Some(session) = session.filter(|_| !sign_in_again) else {
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
    let consent_again = matches!(request.prompt, Prompt::AsNeeded { consent: true, .. });
    let confidential = request.client.is_confidential();
    if confidential && missing.is_empty() && !consent_again {
        return Ok(Decision::Allowed(NextStep::Allowed));
    }
    if silent {
        let missing = confidential.then_some(missing);
        let refusal = Refusal::from(Check::ConsentRequired { missing });
        return Ok(Decision::Refused(Box::new(refusal.of(&request.client).about(&session.user))));
    }
    Ok(Decision::Allowed(NextStep::Ask { granted }))
}
