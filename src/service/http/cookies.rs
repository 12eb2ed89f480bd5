//! The two cookies of a browser: its own, and that of its session.
//!
//! Each is 256 random bits. The browser's own cookie exists before a sign-in and binds the sign-in form to the browser. Each
//! sign-in sets a new session cookie.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::actions::sessions;
use crate::credentials::digest::Digest;
use crate::domain::issuer::Issuer;
use crate::domain::secret_text::SecretText;
use crate::domain::session::SessionRecord;
use crate::domain::time::Timestamp;
use crate::store::{ReadTx, StoreError};

use crate::service::state::AppState;

/// The lifetime of the browser's own cookie in seconds: the longest that browsers allow.
const BROWSER_AGE: u32 = 400 * 86_400;
/// The length of both cookies in characters. A cookie of another length is ignored.
const LENGTH: usize = 43;

/// One of the two cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Identifies the browser before and after a sign-in.
    Browser,
    /// Identifies the session of a signed-in user.
    Session,
}

impl Cookie {
    /// The name. Browsers accept a name with `__Host-` only from this host over TLS, so that other hosts cannot set it. It
    /// has another name on loopback without TLS, where browsers would refuse `__Host-`.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Browser, true) => "__Host-apiconn-browser",
            (Self::Browser, false) => "apiconn-browser",
            (Self::Session, true) => "__Host-apiconn-session",
            (Self::Session, false) => "apiconn-session",
        }
    }
}

/// The cookies of a request, and the session they belong to.
pub(crate) struct BrowserContext {
    pub browser: Option<SecretText>,
    pub session: Option<UserSession>,
    /// True if the browser has a session cookie whose session has ended.
    pub was_signed_in: bool,
    secure: bool,
}

/// The session of a signed-in user.
pub(crate) struct UserSession {
    pub cookie: SecretText,
    /// The digest of the cookie, by which the store identifies the session.
    pub digest: Digest,
    pub record: SessionRecord,
}

impl BrowserContext {
    /// Reads the cookies of a request and the session in a snapshot of the store, and counts the use of the session.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn read(
        state: &AppState,
        read: &dyn ReadTx,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let secure = is_secure(&state.issuer_in(read)?);
        let session_cookie = cookie(headers, Cookie::Session.name(secure));
        let had_cookie = session_cookie.is_some();
        let session = match session_cookie {
            None => None,
            Some(cookie) => {
                let digest = Digest::of(&cookie);
                sessions::current(read, &digest, now)?.map(|record| UserSession { cookie, digest, record })
            }
        };
        if let Some(session) = &session {
            state.usage.session(&session.digest, now);
        }
        let browser = cookie(headers, Cookie::Browser.name(secure));
        Ok(Self { browser, was_signed_in: had_cookie && session.is_none(), session, secure })
    }

    /// Returns the browser's own cookie, and whether it is new.
    pub(crate) fn browser_or_new(&mut self, state: &AppState) -> (&SecretText, bool) {
        let is_new = self.browser.is_none();
        (self.browser.get_or_insert_with(|| state.browser_secret()), is_new)
    }

    /// Sets the browser's own cookie, which renews its lifetime.
    pub(crate) fn keep_browser(&self, response: &mut Response) {
        if let Some(browser) = &self.browser {
            let age = format!("; Max-Age={BROWSER_AGE}");
            set_cookie(response, Cookie::Browser, self.secure, browser, &age);
        }
    }

    /// Sets the cookie of a new session, which ends with the browser.
    pub(crate) fn keep_session(&self, response: &mut Response, cookie: &SecretText) {
        set_cookie(response, Cookie::Session, self.secure, cookie, "");
    }

    /// Removes the cookie of the session.
    pub(crate) fn clear_session_cookie(&self, response: &mut Response) {
        set_cookie(response, Cookie::Session, self.secure, &SecretText::new(String::new()), "; Max-Age=0");
    }
}

fn is_secure(issuer: &Issuer) -> bool {
    issuer.has_tls()
}

/// Returns the cookie with this name. If it is repeated, another host has set one of the two, and both are ignored.
fn cookie(headers: &HeaderMap, name: &str) -> Option<SecretText> {
    let all = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut values = all.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    match (values.next(), values.next()) {
        (Some(value), None) if value.len() == LENGTH => Some(SecretText::new(value.to_owned())),
        _ => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "the response carries the cookie to its browser")]
fn set_cookie(response: &mut Response, cookie: Cookie, secure: bool, value: &SecretText, age: &str) {
    let tls_only = if secure { "; Secure" } else { "" };
    let line =
        format!("{}={}; Path=/; HttpOnly; SameSite=Lax{tls_only}{age}", cookie.name(secure), value.expose());
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
    fn a_repeated_cookie_or_one_of_another_length_is_ignored() {
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
