//! The consent form: a checked authorization request that the browser keeps until the user decides.
//!
//! The service stores nothing before the decision. The hidden field is a payload with a seal, which is keyed with the session
//! cookie: another session, another site and the user can neither make nor change one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::form_urlencoded;

use crate::actions::oauth::authorize::ConsentRequest;
use crate::credentials::digest::Digest;
use crate::credentials::seal::{is_sealed, seal};
use crate::domain::code::{CodeBinding, RedirectTarget};
use crate::domain::hash_labels;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;

/// A consent form that was shown at a moment in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsentForm {
    pub request: ConsentRequest,
    pub shown_at: Timestamp,
}

impl ConsentForm {
    /// Returns the value of the hidden field, `SEAL.PAYLOAD`, sealed for the session with this cookie.
    pub(crate) fn sealed(&self, session_cookie: &SecretText) -> String {
        let payload = URL_SAFE_NO_PAD.encode(self.written());
        format!("{}.{payload}", seal(session_cookie, hash_labels::CONSENT_FORM, &payload))
    }

    /// Reads the value of the hidden field, and returns the form with the digest of its seal. Returns `None` if the value was not
    /// sealed for the session with this cookie.
    pub(crate) fn open(session_cookie: &SecretText, sealed: &str) -> Option<(Self, Digest)> {
        let (seal, payload) = sealed.split_once('.')?;
        if !is_sealed(session_cookie, hash_labels::CONSENT_FORM, payload, seal) {
            return None;
        }
        let form = Self::read(&URL_SAFE_NO_PAD.decode(payload).ok()?)?;
        Some((form, Digest::of(&SecretText::new(seal.to_owned()))))
    }

    fn written(&self) -> String {
        let ConsentRequest { client, redirect_uri, state, scopes, binding } = &self.request;
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs
            .append_pair("shown_at", &self.shown_at.millis().to_string())
            .append_pair("client_id", client.as_str())
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("scope", &scopes.to_string());
        match binding {
            CodeBinding::Challenge(challenge) => pairs.append_pair("code_challenge", challenge.as_str()),
            CodeBinding::RedirectUri => pairs.append_pair("binding", "redirect_uri"),
            CodeBinding::Client => pairs.append_pair("binding", "client"),
        };
        if let Some(state) = state {
            pairs.append_pair("state", state);
        }
        pairs.finish()
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let text = |name: &str| {
            let mut pairs = form_urlencoded::parse(payload);
            pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        Some(Self {
            shown_at: Timestamp::from_millis(text("shown_at")?.parse().ok()?),
            request: ConsentRequest {
                client: text("client_id")?.parse().ok()?,
                redirect_uri: RedirectTarget::checked(text("redirect_uri")?),
                state: text("state"),
                scopes: text("scope")?.parse().ok()?,
                binding: match (text("code_challenge"), text("binding").as_deref()) {
                    (Some(challenge), _) => CodeBinding::Challenge(challenge.parse().ok()?),
                    (None, Some("redirect_uri")) => CodeBinding::RedirectUri,
                    (None, Some("client")) => CodeBinding::Client,
                    (None, _) => return None,
                },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(state: Option<&str>) -> ConsentForm {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap();
        bound_form(state, CodeBinding::Challenge(challenge))
    }

    fn bound_form(state: Option<&str>, binding: CodeBinding) -> ConsentForm {
        ConsentForm {
            request: ConsentRequest {
                client: "apcc_test_7Hq2mZ0xPa4T".parse().unwrap(),
                redirect_uri: RedirectTarget::checked("https://field.example/cb?a=1&b=%26".to_owned()),
                state: state.map(str::to_owned),
                scopes: "assets.read work_orders.write".parse().unwrap(),
                binding,
            },
            shown_at: Timestamp::from_millis(1_795_516_200_123),
        }
    }

    fn cookie(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    #[test]
    fn a_form_is_read_back_in_its_session() {
        for state in [None, Some("xyz"), Some("a&scope=b=c+%20\u{e9} d"), Some("")] {
            let form = form(state);
            let (read, _) = ConsentForm::open(&cookie("session"), &form.sealed(&cookie("session"))).unwrap();
            assert_eq!(read, form, "{state:?}");
        }
        for binding in [CodeBinding::RedirectUri, CodeBinding::Client] {
            let form = bound_form(Some("xyz"), binding);
            let (read, _) = ConsentForm::open(&cookie("session"), &form.sealed(&cookie("session"))).unwrap();
            assert_eq!(read, form);
        }
    }

    #[test]
    fn an_edited_form_or_one_of_another_session_is_not_read() {
        let sealed = form(Some("xyz")).sealed(&cookie("session"));
        assert!(ConsentForm::open(&cookie("other"), &sealed).is_none());
        for at in 0..sealed.len() {
            let mut edited = sealed.clone().into_bytes();
            edited[at] = if edited[at] == b'A' { b'B' } else { b'A' };
            let edited = String::from_utf8(edited).unwrap();
            assert!(ConsentForm::open(&cookie("session"), &edited).is_none(), "{at}");
        }
        let (seal, payload) = sealed.split_once('.').unwrap();
        for edited in [
            String::new(),
            ".".to_owned(),
            payload.to_owned(),
            format!(".{payload}"),
            format!("{seal}."),
            format!("{seal}.{payload}="),
            format!("{seal}.{payload}.{payload}"),
        ] {
            assert!(ConsentForm::open(&cookie("session"), &edited).is_none(), "{edited}");
        }
    }
}
