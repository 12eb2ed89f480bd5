//! Protection of the forms against requests that another site makes (CSRF).
//!
//! The token of a form is a digest of a cookie, of the form's purpose and of its subject. A site that cannot read the cookie
//! cannot compute the token, and the token of one form is not valid for another.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::credentials::constant_time;
use crate::credentials::digest::sha256;
use crate::domain::hash_labels;
use crate::domain::issuer::Issuer;
use crate::domain::refusal::{Check, FormFault};
use crate::domain::secret_text::SecretText;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The purpose of a form. A token of one purpose is not valid for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormPurpose {
    SignIn,
    /// Forms of a signed-in user about the user's own account.
    Account,
}

/// Returns the token of a form, which depends on a cookie, the purpose and the subject of the form.
#[expect(clippy::disallowed_methods, reason = "the token is a digest of the cookie")]
pub(crate) fn form_token(purpose: FormPurpose, cookie: &SecretText, subject: &str) -> String {
    let purpose = match purpose {
        FormPurpose::SignIn => "sign in",
        FormPurpose::Account => "account",
    };
    let label = hash_labels::FORM_TOKEN;
    let text = zeroize::Zeroizing::new(format!("{label}\0{purpose}\0{}\0{subject}", cookie.expose()));
    URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))
}

/// Returns the token of the forms of a user's account, which has no subject: all of them act on the user's own data.
pub(crate) fn account_token(session_cookie: &SecretText) -> String {
    form_token(FormPurpose::Account, session_cookie, "")
}

/// Refuses a form with another token, or from another site.
///
/// # Errors
/// [`Check::Form`] with [`FormFault::Foreign`].
pub(crate) fn check_form(
    headers: &HeaderMap,
    issuer: &Issuer,
    expected: &str,
    sent: Option<&str>,
) -> Result<(), Check> {
    if !sent.is_some_and(|sent| constant_time::equal(sent.as_bytes(), expected.as_bytes())) {
        return Err(Check::Form(FormFault::Foreign));
    }
    same_origin(headers, issuer)
}

/// Refuses a request that another site made, according to the headers `Sec-Fetch-Site` and `Origin`.
///
/// # Errors
/// [`Check::Form`] with [`FormFault::Foreign`].
pub(crate) fn same_origin(headers: &HeaderMap, issuer: &Issuer) -> Result<(), Check> {
    let foreign = Err(Check::Form(FormFault::Foreign));
    if let Some(site) = headers.get(SEC_FETCH_SITE)
        && site != "same-origin"
        && site != "none"
    {
        return foreign;
    }
    // Browsers send null for pages of this service too, because of their referrer policy.
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
    fn a_form_token_is_valid_for_one_cookie_purpose_and_subject() {
        let (mine, yours) = (SecretText::new("mine".to_owned()), SecretText::new("yours".to_owned()));
        let token = form_token(FormPurpose::Account, &mine, "grt_1");
        assert_eq!(token, form_token(FormPurpose::Account, &mine, "grt_1"));
        for other in [
            form_token(FormPurpose::Account, &yours, "grt_1"),
            form_token(FormPurpose::SignIn, &mine, "grt_1"),
            form_token(FormPurpose::Account, &mine, "grt_2"),
        ] {
            assert_ne!(token, other);
        }
    }
}
