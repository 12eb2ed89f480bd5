//! The parameters of a query or a form (RFC 6749 section 3.2 and appendix B): no known one is repeated, and an empty one
//! counts as absent.

use std::collections::HashMap;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use crate::domain::refusal::{Check, TextFault, trim_credential};
use crate::domain::secret_text::SecretText;
use crate::service::http::rejection::Rejection;

/// The largest number of parameters in a request.
const MAX_PARAMETERS: usize = 64;
/// The largest number of parameters in a form with one checkbox for each scope.
const MAX_LONG_FORM: usize = 1024;
/// The parameters of all endpoints and forms. Another parameter has no meaning here, so it may be repeated, as `resource` is
/// by RFC 8707 section 2 and `audience` by RFC 8693 section 2.1.
const KNOWN: &[&str] = &[
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "confirm",
    "decision",
    "form",
    "grant",
    "grant_type",
    "password",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
    "username",
];
/// The parameters whose value this service made. Blanks and line ends around them come from a file or a shell.
const CREDENTIALS: &[&str] =
    &["client_id", "client_secret", "code", "code_verifier", "refresh_token", "token"];

/// A query or form that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParametersError {
    pub check: Check,
    /// The `client_id` that was sent, if it can be read.
    pub client_id: Option<String>,
}

impl From<ParametersError> for Rejection {
    fn from(error: ParametersError) -> Self {
        Self::from(error.check).by(error.client_id.as_deref())
    }
}

/// The parameters of a request. Any of them may be a secret.
#[derive(Default)]
pub(crate) struct Parameters {
    values: HashMap<String, Vec<SecretText>>,
}

impl Parameters {
    /// Reads the `name=value` pairs of a query or a form. Blanks, line ends and byte order marks around a credential are
    /// removed.
    ///
    /// # Errors
    /// [`ParametersError`] with [`Check::Request`] if there are too many parameters, or with [`Check::ParameterMalformed`] if
    /// the encoding is broken or a text has a control character.
    pub(crate) fn read(text: &[u8]) -> Result<Self, ParametersError> {
        Self::read_at_most(text, MAX_PARAMETERS)
    }

    fn read_at_most(text: &[u8], most: usize) -> Result<Self, ParametersError> {
        Self::try_read(text, most).map_err(|check| ParametersError { check, client_id: sent_client_id(text) })
    }

    fn try_read(text: &[u8], most: usize) -> Result<Self, Check> {
        let mut values: HashMap<String, Vec<SecretText>> = HashMap::new();
        for (count, (name, value)) in pairs(text).enumerate() {
            if count >= most {
                return Err(Check::Request("there are too many parameters"));
            }
            let malformed = |parameter| move |fault| Check::ParameterMalformed { parameter, fault };
            let name = decode(name).and_then(plain).map_err(malformed("the name of a parameter"))?;
            let known = KNOWN.iter().find(|known| **known == name).copied().unwrap_or("a parameter");
            let mut value = decode(value).map_err(malformed(known))?;
            let is_sent = !value.is_empty();
            if CREDENTIALS.contains(&known) {
                trim_credential(&mut value);
            }
            let value = plain(value).map_err(malformed(known))?;
            if is_sent {
                values.entry(name).or_default().push(SecretText::new(value));
            }
        }
        Ok(Self { values })
    }

    /// Reads a form body.
    ///
    /// # Errors
    /// [`ParametersError`] as for [`Self::read`], and with [`Check::Request`] if the media type is another.
    pub(crate) fn read_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, ParametersError> {
        Self::read_form_at_most(headers, body, MAX_PARAMETERS)
    }

    /// Reads a form body that may be long.
    ///
    /// # Errors
    /// [`ParametersError`] as for [`Self::read_form`].
    pub(crate) fn read_long_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, ParametersError> {
        Self::read_form_at_most(headers, body, MAX_LONG_FORM)
    }

    fn read_form_at_most(headers: &HeaderMap, body: &[u8], most: usize) -> Result<Self, ParametersError> {
        let body = without_file_marks(body);
        is_form(headers).map_err(|check| ParametersError { check, client_id: sent_client_id(body) })?;
        Self::read_at_most(body, most)
    }

    /// Refuses a request that repeats a known parameter. An unknown one is ignored (RFC 6749 sections 3.1 and 3.2).
    ///
    /// # Errors
    /// [`Check::ParameterRepeated`] with the name of the parameter.
    pub(crate) fn each_once(&self) -> Result<(), Check> {
        match KNOWN.iter().find(|known| self.is_repeated(known)) {
            Some(repeated) => Err(Check::ParameterRepeated(repeated)),
            None => Ok(()),
        }
    }

    /// Returns true if a parameter is repeated.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|values| values.len() > 1)
    }

    /// Returns the first value of a parameter that is not a secret.
    #[expect(clippy::disallowed_methods, reason = "callers name parameters that are not secrets")]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(|values| values.first()).map(SecretText::expose)
    }

    /// Returns all values of a parameter that is not a secret.
    #[expect(clippy::disallowed_methods, reason = "callers name parameters that are not secrets")]
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values.get(name).into_iter().flatten().map(SecretText::expose)
    }

    /// Removes a secret and returns it.
    pub(crate) fn secret(&mut self, name: &str) -> Option<SecretText> {
        self.values.remove(name).and_then(|values| values.into_iter().next())
    }
}

fn is_form(headers: &HeaderMap) -> Result<(), Check> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(())
    } else {
        Err(Check::Request("the body must be application/x-www-form-urlencoded"))
    }
}

/// Splits a query or form into its names and values, which are still encoded.
fn pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let split = pair.iter().position(|byte| *byte == b'=');
        split.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]))
    })
}

/// Returns the `client_id` of a query or form that cannot be read completely, to name the client in the refusal.
fn sent_client_id(text: &[u8]) -> Option<String> {
    let (_, value) = pairs(text).take(MAX_LONG_FORM).find(|(name, _)| *name == b"client_id")?;
    let mut id = decode(value).ok()?;
    trim_credential(&mut id);
    plain(id).ok()
}

/// Returns a form without the byte order mark and the line end of the file that it was read from. Neither can be part of an
/// encoded form.
fn without_file_marks(body: &[u8]) -> &[u8] {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let end = body.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &body[..end]
}

/// Decodes one form-encoded name or value.
///
/// # Errors
/// [`TextFault`] if the percent-encoding is broken or the bytes are not UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, TextFault> {
    // The library keeps an incomplete escape, but here it is an error.
    let mut escapes = bytes.split(|byte| *byte == b'%').skip(1);
    if !escapes.all(|rest| rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit)) {
        return Err(TextFault::PercentEncoding);
    }
    // The value may be a secret, so it is decoded without intermediate copies.
    let mut decoded = Vec::with_capacity(bytes.len());
    for (index, word) in bytes.split(|byte| *byte == b'+').enumerate() {
        if index > 0 {
            decoded.push(b' ');
        }
        decoded.extend(percent_encoding::percent_decode(word));
    }
    String::from_utf8(decoded).map_err(|_| TextFault::NotUtf8)
}

/// Returns the text if it has no control character.
///
/// # Errors
/// [`TextFault`] with the first control character.
pub(crate) fn plain(text: String) -> Result<String, TextFault> {
    TextFault::of(&text).map_or(Ok(text), Err)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> Result<Parameters, ParametersError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
        );
        Parameters::read_form(&headers, body.as_bytes())
    }

    #[test]
    fn a_body_is_read_by_the_rules_of_the_rfc() {
        let form = read("grant_type=client_credentials&scope=a+b%20c&empty=&unknown=1&&").ok().unwrap();
        assert_eq!(form.text("grant_type"), Some("client_credentials"));
        assert_eq!(form.text("scope"), Some("a b c"));
        assert_eq!(form.text("empty"), None);
        assert_eq!(form.each_once(), Ok(()));
        for body in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%00", "a=%0a"] {
            assert!(read(body).is_err(), "{body}");
        }
        assert!(read(&"a=1&".repeat(100)).is_err());
        assert!(Parameters::read_form(&HeaderMap::new(), b"a=1").is_err());
    }

    #[test]
    fn a_repeated_parameter_is_named_if_it_is_known() {
        let repeated = |body: &str| read(body).ok().unwrap().each_once();
        assert_eq!(repeated("state=1&state=1"), Err(Check::ParameterRepeated("state")));
        assert_eq!(repeated("x=1&x=2&x=3"), Ok(()));
        assert_eq!(repeated("x=&x=2"), Ok(()));
    }

    #[test]
    fn a_malformed_parameter_and_its_client_are_named() {
        let words = |body: &str| {
            let error = read(body).err().unwrap();
            let Check::ParameterMalformed { parameter, fault } = error.check else {
                panic!("{:?}", error.check)
            };
            (format!("{parameter} {fault}"), error.client_id)
        };
        let client = Some("apck_test_7Hq2mZ0xPa4T".to_owned());
        for (body, expected) in [
            ("scope=a%09b&client_id=apck_test_7Hq2mZ0xPa4T%0a", "scope contains a tab"),
            ("client_id=apck_test_7Hq2mZ0xPa4T&grant_type=x%0d%0a", "grant_type ends with a line end"),
            ("client_id=apck_test_7Hq2mZ0xPa4T&client_secret=a%0ab", "client_secret contains a line end"),
            (
                "client_id=apck_test_7Hq2mZ0xPa4T&client_secret=100%",
                "client_secret has a percent sign that does not begin an escape such as %2F",
            ),
            ("client_id=apck_test_7Hq2mZ0xPa4T&redirect_uri=%ff", "redirect_uri is not UTF-8"),
            ("client_id=apck_test_7Hq2mZ0xPa4T&other=%00", "a parameter ends with a NUL character"),
            ("client_id=apck_test_7Hq2mZ0xPa4T&\nscope=a", "the name of a parameter begins with a line end"),
        ] {
            assert_eq!(words(body), (expected.to_owned(), client.clone()), "{body}");
        }
        assert_eq!(words("client_id=a%0ab").1, None);
    }

    #[test]
    fn marks_around_a_credential_and_a_form_are_removed() {
        for body in [
            "client_secret=x%0a",
            "client_secret=x%0D%0A",
            "client_secret=+x%09",
            "client_secret=%EF%BB%BFx",
            "client_secret=x\n",
            "\u{feff}client_secret=x\r\n",
            "client_secret=x\n&scope=a",
        ] {
            let form = read(body).ok().unwrap();
            assert_eq!(form.text("client_secret"), Some("x"), "{body:?}");
        }
        // `state` is returned as it was sent, so blanks around it remain.
        assert_eq!(read("state=+x+").ok().unwrap().text("state"), Some(" x "));
        assert_eq!(read("token=+").ok().unwrap().text("token"), Some(""));
    }

    /// Random bytes, mostly those with a meaning in a form.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let special = proptest::sample::select(b"&=%+0fFcC23a;\0".as_slice());
        prop::collection::vec(prop_oneof![3 => special, 1 => any::<u8>()], 0..80)
    }

    proptest! {
        #[test]
        fn values_are_plain_text_and_equal_those_of_another_parser(bytes in bytes()) {
            let Ok(read) = Parameters::read(&bytes) else { return Ok(()) };
            let mut expected: HashMap<String, Vec<String>> = HashMap::new();
            for (name, value) in url::form_urlencoded::parse(&bytes).into_owned().filter(|(_, value)| !value.is_empty()) {
                expected.entry(name).or_default().push(value);
            }
            prop_assert_eq!(read.values.len(), expected.len());
            for (name, expected) in &expected {
                let values: Vec<&str> = read.texts(name).collect();
                prop_assert_eq!(&values, expected);
                prop_assert_eq!(read.is_repeated(name), expected.len() > 1);
                prop_assert!(!name.chars().chain(expected.iter().flat_map(|value| value.chars())).any(char::is_control));
            }
            let known_once = expected.iter().all(|(name, values)| values.len() == 1 || !KNOWN.contains(&name.as_str()));
            prop_assert_eq!(read.each_once().is_ok(), known_once);
        }

        #[test]
        fn every_encoded_form_is_read_back(pairs in prop::collection::vec(("[^\\p{Cc}]{0,12}", "[^\\p{Cc}]{1,12}"), 0..20)) {
            let written = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let read = Parameters::read(written.as_bytes()).ok().unwrap();
            for (name, _) in &pairs {
                let values: Vec<&str> = read.texts(name).collect();
                let expected: Vec<&str> =
                    pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
                prop_assert_eq!(values, expected);
            }
        }
    }
}
