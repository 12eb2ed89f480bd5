//! Protection of the forms against requests that another site makes (CSRF).
//!
//! The token of a form is a digest of a cookie, of the form's purpose and of its subject. A site that cannot read the cookie
//! cannot compute the token, and the token of one form is not valid for another.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::credentials::digest::sha256;
use crate::domain::redirect::Issuer;
use crate::domain::refusal::{Check, FormFault};
use crate::domain::secret_text::SecretText;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a form is about. A token for one is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Signing in.
    SignIn,
    /// What a signed-in user does with their own account.
    Account,
}

/// The token of a form that is bound to a cookie, to its purpose, and to what it is about.
#[expect(clippy::disallowed_methods, reason = "the token is a digest of the cookie")]
pub(crate) fn form_token(purpose: Purpose, cookie: &SecretText, about: &str) -> String {
    let purpose = match purpose {
        Purpose::SignIn => "sign in",
        Purpose::Account => "account",
    };
    let text = zeroize::Zeroizing::new(format!("apiconn form\0{purpose}\0{}\0{about}", cookie.expose()));
    URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))
}

/// Refuses a form that is not an answer to ours: the token another's, or the request from another site.
///
/// # Errors
/// Says so.
pub(crate) fn check_form(
    headers: &HeaderMap,
    issuer: &Issuer,
    expected: &str,
    sent: Option<&str>,
) -> Result<(), Check> {
    let differs = |sent: &str| {
        sent.len() != expected.len()
            || sent.bytes().zip(expected.bytes()).fold(0, |differs, (left, right)| differs | (left ^ right))
                != 0
    };
    if sent.is_none_or(differs) {
        return Err(Check::Form(FormFault::Foreign));
    }
    same_origin(headers, issuer)
}

/// Refuses a request that a browser says another site made.
///
/// # Errors
/// Says so.
pub(crate) fn same_origin(headers: &HeaderMap, issuer: &Issuer) -> Result<(), Check> {
    let foreign = Err(Check::Form(FormFault::Foreign));
    if let Some(site) = headers.get(SEC_FETCH_SITE)
        && site != "same-origin"
        && site != "none"
    {
        return foreign;
    }
    // Without a referrer, browsers say null for our own pages too.
    match headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) {
        None | Some("null") => Ok(()),
        Some(origin) if origin == issuer.origin() => Ok(()),
        Some(_) => foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_token_fits_its_cookie_its_purpose_and_its_object_alone() {
        let (mine, yours) = (SecretText::new("mine".to_owned()), SecretText::new("yours".to_owned()));
        let token = form_token(Purpose::Account, &mine, "grt_1");
        assert_eq!(token, form_token(Purpose::Account, &mine, "grt_1"));
        for other in [
            form_token(Purpose::Account, &yours, "grt_1"),
            form_token(Purpose::SignIn, &mine, "grt_1"),
            form_token(Purpose::Account, &mine, "grt_2"),
        ] {
            assert_ne!(token, other);
        }
    }
}
