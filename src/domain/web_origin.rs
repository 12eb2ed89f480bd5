//! Origins of browser applications, which decide whether a page may read an answer (CORS).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::domain::name::shorten;
use crate::domain::redirect::{RedirectUri, is_loopback};

/// The maximum length of an origin in bytes: a scheme, a host name of 253 characters and a port.
const ORIGIN_LENGTH: usize = 300;

/// A serialised origin (RFC 6454 section 6.2), as browsers send it in the header `Origin`. Origins are compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebOrigin(String);

/// The reason why a text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebOriginError {
    /// The text is not the serialised form of an origin.
    #[error(
        "\"{0}\" is not an origin as browsers send it, such as https://app.example or capacitor://localhost: lower case, without path, trailing slash and default port"
    )]
    Form(String),
    /// The text names an origin, but not in the form in which browsers send it.
    #[error("\"{sent}\" is not the form in which browsers send this origin; write {form}")]
    OtherForm {
        /// The text that was given.
        sent: String,
        /// The form in which browsers send it.
        form: String,
    },
    /// Every page in a sandbox has the origin `null`.
    #[error("the origin null is shared by all sandboxed pages and local files, so it cannot be allowed")]
    Null,
    /// A pattern would allow applications that are not registered.
    #[error("\"{0}\" has a wildcard; give each origin")]
    Wildcard(String),
    /// A page that was loaded unencrypted can be changed on its way.
    #[error(
        "the origin \"{0}\" uses http to another machine; use https (http is allowed for 127.0.0.1, [::1] and localhost)"
    )]
    PlainHttp(String),
    /// A final dot makes another origin of the same host.
    #[error("the host of the origin \"{0}\" ends with a dot")]
    TrailingDot(String),
}

impl WebOrigin {
    /// Returns the origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the entries of the set of allowed origins that contain this origin: itself and, for http on a loopback host,
    /// the host with any port.
    #[must_use]
    pub fn entries(&self) -> Vec<AllowedOrigin> {
        let mut entries = vec![AllowedOrigin(self.0.clone())];
        entries.extend(Url::parse(&self.0).ok().as_ref().and_then(AllowedOrigin::any_port));
        entries
    }
}

impl FromStr for WebOrigin {
    type Err = WebOriginError;

    fn from_str(text: &str) -> Result<Self, WebOriginError> {
        let shown = || shorten(text);
        let form = || WebOriginError::Form(shown());
        if text == "null" {
            return Err(WebOriginError::Null);
        }
        if text.contains('*') {
            return Err(WebOriginError::Wildcard(shown()));
        }
        // A host with letters outside ASCII has another form, which the parser returns.
        if text.len() > ORIGIN_LENGTH || text.bytes().any(|byte| byte.is_ascii() && !byte.is_ascii_graphic())
        {
            return Err(form());
        }
        let url = Url::parse(text).map_err(|_| form())?;
        let is_web = matches!(url.scheme(), "https" | "http");
        let serialised = if is_web {
            url.origin().ascii_serialization()
        } else {
            private_origin(&url).ok_or_else(form)?
        };
        if url.host_str().is_none_or(|host| host.ends_with('.')) {
            return Err(WebOriginError::TrailingDot(shown()));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(WebOriginError::PlainHttp(shown()));
        }
        if serialised == text {
            Ok(Self(serialised))
        } else {
            Err(WebOriginError::OtherForm { sent: shown(), form: serialised })
        }
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the origin of a scheme that is registered by an application, such as `capacitor://localhost`. The URL standard
/// calls these origins opaque; the browser components of applications send scheme, host and port.
fn private_origin(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_');
    if !host.bytes().all(is_plain) {
        return None;
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

/// An entry of the set of allowed origins: an origin, or a loopback host with any port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllowedOrigin(String);

impl AllowedOrigin {
    /// Returns the entry as text, with `*` for any port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the entry for the application to which a redirect URI leads. Applications with a scheme of their own have no
    /// origin. A loopback address has any port, as in the request (RFC 8252 section 7.3).
    #[must_use]
    pub fn of_redirect(uri: &RedirectUri) -> Option<Self> {
        let url = Url::parse(uri.as_str()).ok()?;
        match url.scheme() {
            "https" => url.origin().ascii_serialization().parse::<WebOrigin>().ok().map(Self::from),
            _ => Self::any_port(&url),
        }
    }

    fn any_port(url: &Url) -> Option<Self> {
        let host = url.host_str().filter(|_| url.scheme() == "http" && is_loopback(url))?;
        Some(Self(format!("http://{host}:*")))
    }
}

impl From<WebOrigin> for AllowedOrigin {
    fn from(origin: WebOrigin) -> Self {
        Self(origin.0)
    }
}

/// Returns the origins of applications with these redirect URIs and these further origins.
#[must_use]
pub fn allowed_origins(redirect_uris: &[RedirectUri], web_origins: &[WebOrigin]) -> BTreeSet<AllowedOrigin> {
    let redirects = redirect_uris.iter().filter_map(AllowedOrigin::of_redirect);
    redirects.chain(web_origins.iter().cloned().map(AllowedOrigin::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_serialised_origins_are_origins() {
        for text in [
            "https://app.example",
            "https://app.example:8443",
            "https://xn--gerte-gra.example",
            "https://192.0.2.1",
            "http://localhost",
            "http://127.0.0.1:5173",
            "http://[::1]:5173",
            "capacitor://localhost",
            "ionic://localhost",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "tauri://localhost:1420",
        ] {
            assert_eq!(text.parse::<WebOrigin>().map(|origin| origin.0).as_deref(), Ok(text));
        }
        let error = |text: &str| text.parse::<WebOrigin>().unwrap_err();
        for (text, form) in [
            ("https://app.example/", "https://app.example"),
            ("https://app.example/cb", "https://app.example"),
            ("https://App.example", "https://app.example"),
            ("HTTPS://app.example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:05173", "http://localhost:5173"),
            ("https://user@app.example", "https://app.example"),
            ("http://2130706433:81", "http://127.0.0.1:81"),
            ("https://gerät.example", "https://xn--gert-noa.example"),
            ("capacitor://localhost/", "capacitor://localhost"),
        ] {
            assert_eq!(
                error(text),
                WebOriginError::OtherForm { sent: text.to_owned(), form: form.to_owned() },
                "{text}"
            );
        }
        assert_eq!(error("null"), WebOriginError::Null);
        for text in ["*", "https://*.example", "http://localhost:*"] {
            assert!(matches!(error(text), WebOriginError::Wildcard(_)), "{text}");
        }
        for text in ["http://app.example", "http://192.0.2.1", "http://localhost.example"] {
            assert!(matches!(error(text), WebOriginError::PlainHttp(_)), "{text}");
        }
        for text in ["https://app.example.", "http://localhost.", "capacitor://localhost."] {
            assert!(matches!(error(text), WebOriginError::TrailingDot(_)), "{text}");
        }
        for text in ["", "app.example", "//app.example", "file://", "data:text/html,x", "com.example.app:/cb"]
        {
            assert!(matches!(error(text), WebOriginError::Form(_)), "{text}: {:?}", error(text));
        }
        assert!(matches!(error("https://app.example https://b.example"), WebOriginError::Form(_)));
        assert!(matches!(error(&format!("https://{}.example", "a".repeat(300))), WebOriginError::Form(_)));
    }

    #[test]
    fn redirect_uris_give_the_origins_of_their_applications() {
        for (uri, entry) in [
            ("https://app.example/cb?x=1", Some("https://app.example")),
            ("https://APP.example:443/cb", Some("https://app.example")),
            ("https://app.example:8443/cb", Some("https://app.example:8443")),
            ("https://localhost:8443/cb", Some("https://localhost:8443")),
            ("https://app.example./cb", None),
            ("http://127.0.0.1/cb", Some("http://127.0.0.1:*")),
            ("http://127.0.0.1:7000/cb", Some("http://127.0.0.1:*")),
            ("http://[::1]:7000/cb", Some("http://[::1]:*")),
            ("http://localhost:7000/cb", Some("http://localhost:*")),
            ("com.example.app:/cb", None),
        ] {
            let found = AllowedOrigin::of_redirect(&uri.parse().unwrap());
            assert_eq!(found.as_ref().map(AllowedOrigin::as_str), entry, "{uri}");
        }
    }

    #[test]
    fn a_loopback_origin_is_also_looked_up_with_any_port() {
        let entries = |origin: &str| -> Vec<String> {
            origin.parse::<WebOrigin>().unwrap().entries().into_iter().map(|entry| entry.0).collect()
        };
        assert_eq!(entries("http://localhost:5173"), ["http://localhost:5173", "http://localhost:*"]);
        assert_eq!(entries("http://[::1]"), ["http://[::1]", "http://[::1]:*"]);
        assert_eq!(entries("https://localhost:5173"), ["https://localhost:5173"]);
        assert_eq!(entries("capacitor://localhost"), ["capacitor://localhost"]);
        assert_eq!(entries("https://app.example"), ["https://app.example"]);
    }
}
