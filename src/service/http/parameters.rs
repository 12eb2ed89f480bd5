//! The parameters of a query or a form (RFC 6749 section 3.2 and appendix B): none is repeated, and an empty one counts as
//! absent.

use std::collections::HashMap;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use crate::domain::refusal::Check;
use crate::domain::secret_text::SecretText;

/// The largest number of parameters in a request.
const MAX_PARAMETERS: usize = 64;
/// The largest number of parameters in a form with one checkbox for each scope.
const MAX_LONG_FORM: usize = 1024;
/// The parameters of the endpoints.
const KNOWN: &[&str] = &[
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
];

/// The parameters of a request. Any of them may be a secret.
#[derive(Default)]
pub(crate) struct Parameters {
    values: HashMap<String, Vec<SecretText>>,
}

impl Parameters {
    /// Reads the `name=value` pairs of a query or a form.
    ///
    /// # Errors
    /// [`Check::Request`] if there are too many parameters, the encoding is broken or a value has a control character.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Check> {
        Self::read_at_most(text, MAX_PARAMETERS)
    }

    fn read_at_most(text: &[u8], most: usize) -> Result<Self, Check> {
        let mut values: HashMap<String, Vec<SecretText>> = HashMap::new();
        for (count, pair) in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).enumerate() {
            if count >= most {
                return Err(Check::Request("there are too many parameters"));
            }
            let split = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = split.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]));
            let (name, value) = (decode(name)?, decode(value)?);
            if !value.is_empty() {
                values.entry(name).or_default().push(SecretText::new(value));
            }
        }
        Ok(Self { values })
    }

    /// Reads a form body.
    ///
    /// # Errors
    /// [`Check::Request`] as for [`Self::read`], and if the media type is another.
    pub(crate) fn read_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, Check> {
        is_form(headers)?;
        Self::read(body)
    }

    /// Reads a form body that may be long.
    ///
    /// # Errors
    /// [`Check::Request`] as for [`Self::read_form`].
    pub(crate) fn read_long_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, Check> {
        is_form(headers)?;
        Self::read_at_most(body, MAX_LONG_FORM)
    }

    /// Refuses a request that repeats a parameter (RFC 6749 sections 3.1 and 3.2).
    ///
    /// # Errors
    /// [`Check::ParameterRepeated`] with the name of a known parameter; the name of another one is not repeated to the client.
    pub(crate) fn each_once(&self) -> Result<(), Check> {
        let mut repeated = self.values.iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| name);
        let Some(first) = repeated.next() else { return Ok(()) };
        let known = KNOWN.iter().find(|known| *known == first);
        Err(Check::ParameterRepeated(known.copied().unwrap_or("(unknown)")))
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

/// Decodes one form-encoded name or value.
///
/// # Errors
/// [`Check::Request`] if the percent-encoding is broken, the bytes are not UTF-8, or there is a control character.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Check> {
    let malformed = Check::Request("a parameter is not encoded correctly");
    // The library keeps an incomplete escape, but here it is an error.
    let mut escapes = bytes.split(|byte| *byte == b'%').skip(1);
    if !escapes.all(|rest| rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit)) {
        return Err(malformed);
    }
    // The value may be a secret, so it is decoded without intermediate copies.
    let mut decoded = Vec::with_capacity(bytes.len());
    for (index, word) in bytes.split(|byte| *byte == b'+').enumerate() {
        if index > 0 {
            decoded.push(b' ');
        }
        decoded.extend(percent_encoding::percent_decode(word));
    }
    match String::from_utf8(decoded) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        _ => Err(malformed),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> Result<Parameters, Check> {
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
        assert_eq!(repeated("x=1&x=2"), Err(Check::ParameterRepeated("(unknown)")));
        assert_eq!(repeated("x=&x=2"), Ok(()));
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
            prop_assert_eq!(read.each_once().is_ok(), expected.values().all(|values| values.len() == 1));
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
