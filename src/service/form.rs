//! Form bodies, read as RFC 6749 appendix B and section 3.2 want them: no parameter twice, empty ones absent.

use std::collections::HashMap;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use crate::secrets::plain::Plain;

use super::error::OAuthError;

/// How many parameters a body may have.
const PARAMETERS: usize = 64;

/// The parameters of a form body.
pub(super) struct Form(HashMap<String, Plain>);

impl Form {
    /// Reads a body.
    ///
    /// # Errors
    /// Refuses other media types, broken encoding, control characters and repeated parameters.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OAuthError::InvalidRequest("the body must be application/x-www-form-urlencoded"));
        }
        let mut parameters = HashMap::new();
        for (count, pair) in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).enumerate() {
            if count >= PARAMETERS {
                return Err(OAuthError::InvalidRequest("the body has too many parameters"));
            }
            let split = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = split.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]));
            let (name, value) = (decode(name)?, decode(value)?);
            if value.is_empty() {
                continue;
            }
            if parameters.insert(name, Plain::new(value)).is_some() {
                return Err(OAuthError::InvalidRequest("a parameter is there twice"));
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter that is no secret.
    #[expect(clippy::disallowed_methods, reason = "callers name parameters that are no secrets")]
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Plain::expose)
    }

    /// Takes a secret out.
    pub(super) fn secret(&mut self, name: &str) -> Option<Plain> {
        self.0.remove(name)
    }
}

/// One form-encoded word.
///
/// # Errors
/// Refuses broken percent-encoding, bytes that are no UTF-8, and control characters.
pub(super) fn decode(bytes: &[u8]) -> Result<String, OAuthError> {
    let broken = OAuthError::InvalidRequest("a parameter is badly encoded");
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
                    return Err(broken);
                };
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
            }
            byte => decoded.push(byte),
        }
    }
    match String::from_utf8(decoded) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        _ => Err(broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn read(body: &str) -> Result<Form, OAuthError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
        );
        Form::read(&headers, body.as_bytes())
    }

    #[test]
    fn a_body_is_read_by_the_rules_of_the_rfc() {
        let form = read("grant_type=client_credentials&scope=a+b%20c&empty=&unknown=1&&").ok().unwrap();
        assert_eq!(form.text("grant_type"), Some("client_credentials"));
        assert_eq!(form.text("scope"), Some("a b c"));
        assert_eq!(form.text("empty"), None);
        for body in ["a=1&a=2", "a=%", "a=%4", "a=%zz", "a=%ff", "a=%00", "a=%0a"] {
            assert!(read(body).is_err(), "{body}");
        }
        assert!(read(&"a=1&".repeat(100)).is_err());
        assert!(Form::read(&HeaderMap::new(), b"a=1").is_err());
    }
}
