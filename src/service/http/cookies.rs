//! What a browser brings along: its own cookie, its session, and the tokens of our forms.
//!
//! Two cookies, each 256 random bits that mean nothing by themselves. The browser's own is there before anybody signs in
//! and binds the sign-in form to it; the session's is made anew at each sign-in. A form's token is a digest of the cookie
//! and of what the form is about: whoever cannot read the cookie cannot make one, and one form's does not fit another.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::actions::sessions;
use crate::credentials::digest::Digest;
use crate::domain::redirect::Issuer;
use crate::domain::secret_text::SecretText;
use crate::domain::session::HeldSession;
use crate::domain::time::Timestamp;
use crate::store::{ReadTx, StoreError};

use crate::service::state::AppState;

/// How long a browser keeps its own cookie, in seconds: as long as browsers allow.
const BROWSER_AGE: u32 = 400 * 86_400;
/// A cookie of ours has so many characters; whatever has more or fewer is none.
const LENGTH: usize = 43;

/// One of the two cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The browser's own.
    Browser,
    /// The session's.
    Session,
}

impl Cookie {
    /// The name. `__Host-` has browsers refuse it from anywhere but this host over TLS; on plain loopback it has another,
    /// since they would refuse it there.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Browser, true) => "__Host-apiconn-browser",
            (Self::Browser, false) => "apiconn-browser",
            (Self::Session, true) => "__Host-apiconn-session",
            (Self::Session, false) => "apiconn-session",
        }
    }
}

/// Somebody in front of a browser.
pub(crate) struct BrowserContext {
    /// The browser's own cookie.
    pub browser: Option<SecretText>,
    /// The session's cookie, and whose session it is.
    pub session: Option<UserSession>,
    /// Whether the browser still has the cookie of a session that is over.
    pub was_signed_in: bool,
    secure: bool,
}

/// Somebody who is signed in.
pub(crate) struct UserSession {
    /// The cookie.
    pub cookie: SecretText,
    /// What the store knows it by.
    pub digest: Digest,
    /// The session.
    pub held: HeldSession,
}

impl BrowserContext {
    /// Reads the cookies of a request, and the session in a snapshot.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    pub(crate) fn read(
        state: &AppState,
        read: &dyn ReadTx,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let secure = is_secure(&state.issuer_in(read)?);
        let kept = cookie(headers, Cookie::Session.name(secure));
        let had_cookie = kept.is_some();
        let session = match kept {
            None => None,
            Some(cookie) => {
                let digest = Digest::of(&cookie);
                sessions::current(read, &digest, now)?.map(|held| UserSession { cookie, digest, held })
            }
        };
        if let Some(session) = &session {
            state.usage.session(&session.digest, now);
        }
        let browser = cookie(headers, Cookie::Browser.name(secure));
        Ok(Self { browser, was_signed_in: had_cookie && session.is_none(), session, secure })
    }

    /// The browser's own cookie, or a new one.
    pub(crate) fn browser_or_new(&mut self, state: &AppState) -> (&SecretText, bool) {
        let is_new = self.browser.is_none();
        (self.browser.get_or_insert_with(|| state.browser_secret()), is_new)
    }

    /// Has the browser keep its own cookie.
    pub(crate) fn keep_browser(&self, response: &mut Response) {
        if let Some(browser) = &self.browser {
            let age = format!("; Max-Age={BROWSER_AGE}");
            set_cookie(response, Cookie::Browser, self.secure, browser, &age);
        }
    }

    /// Has the browser keep a new session's cookie.
    pub(crate) fn keep_session(&self, response: &mut Response, cookie: &SecretText) {
        set_cookie(response, Cookie::Session, self.secure, cookie, "");
    }

    /// Has the browser forget the session's cookie.
    pub(crate) fn forget_session(&self, response: &mut Response) {
        set_cookie(response, Cookie::Session, self.secure, &SecretText::new(String::new()), "; Max-Age=0");
    }
}

fn is_secure(issuer: &Issuer) -> bool {
    issuer.as_str().starts_with("https://")
}

/// The cookie of that name. One that is there twice was not set by us alone, and counts as none.
fn cookie(headers: &HeaderMap, name: &str) -> Option<SecretText> {
    let all = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut found = all.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    match (found.next(), found.next()) {
        (Some(value), None) if value.len() == LENGTH => Some(SecretText::new(value.to_owned())),
        _ => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "a cookie is handed to its browser")]
fn set_cookie(response: &mut Response, cookie: Cookie, secure: bool, value: &SecretText, age: &str) {
    let only_tls = if secure { "; Secure" } else { "" };
    let line =
        format!("{}={}; Path=/; HttpOnly; SameSite=Lax{only_tls}{age}", cookie.name(secure), value.expose());
    if let Ok(mut line) = HeaderValue::from_str(&line) {
        line.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in cookies {
            headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_that_is_there_twice_or_has_another_length_is_none() {
        let (one, other) = ("a".repeat(LENGTH), "b".repeat(LENGTH));
        assert!(cookie(&headers(&[&format!("x=1; s={one}")]), "s").is_some());
        for lines in [
            vec![format!("s={one}; s={other}")],
            vec![format!("s={one}"), format!("s={other}")],
            vec![format!("s={}", &one[1..])],
            vec![format!("ss={one}")],
            vec![String::new()],
        ] {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert!(cookie(&headers(&lines), "s").is_none(), "{lines:?}");
        }
    }
}
