//! The query of an authorization request while the user signs in or decides.

use url::form_urlencoded;

use crate::service::edge::limits::Limits;
use crate::service::http::parameters::Parameters;
use crate::service::http::paths;

/// The parameters that are kept until the request is answered. Others have no meaning here, and could contain a secret that
/// a client sent by mistake.
const KEPT: &[&str] = &[
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// Returns the query with the known parameters only, and with `prompt` replaced. All its values are percent-encoded.
pub(crate) fn with_prompt(query: &str, prompt: Option<&str>) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| KEPT.contains(&name.as_ref())),
    );
    if let Some(prompt) = prompt {
        pairs.append_pair("prompt", prompt);
    }
    pairs.finish()
}

/// The parameters of an authorization request that is refused, by name, if it has them. The same request by GET is refused, too.
const REFUSED: &[&str] = &["request", "request_uri"];

/// Returns the query of the request by GET that equals a request by POST: the known parameters of its query and its form, and
/// none that could be a secret of the client. A repeated parameter stays repeated.
pub(crate) fn query_of_post(query: &str, form: &Parameters) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    let known = |name: &str| KEPT.contains(&name) || REFUSED.contains(&name) || name == "prompt";
    pairs.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| known(name)));
    for name in KEPT.iter().chain(REFUSED).chain(&["prompt"]) {
        pairs.extend_pairs(form.texts(name).map(|value| (name, value)));
    }
    pairs.finish()
}

/// Returns the known parameters of the query, `prompt` included.
pub(crate) fn known_parameters(query: &str) -> String {
    with_prompt(query, prompt(query).as_deref())
}

/// Returns the query without the values of `prompt` that ask for a sign-in.
pub(crate) fn without_sign_in(query: &str) -> String {
    let rest = prompt(query).map(|prompt| {
        let values = prompt.split(' ').filter(|value| !matches!(*value, "" | "login" | "select_account"));
        values.collect::<Vec<_>>().join(" ")
    });
    with_prompt(query, rest.as_deref().filter(|rest| !rest.is_empty()))
}

/// The longest value of `prompt` that the service adds.
pub(crate) const SIGN_IN_AND_CONSENT: &str = "login consent";

/// Returns true if an address under which the service repeats the request, after a sign-in or a POST, would be refused as too
/// long. Encoded again, a query can be three times as long as it was sent. `path` is the path of the issuer.
pub(crate) fn is_too_long(path: &str, query: &str) -> bool {
    let longest = [known_parameters(query), with_prompt(query, Some(SIGN_IN_AND_CONSENT))];
    let length = longest.iter().map(String::len).chain([query.len()]).max().unwrap_or_default();
    path.len() + paths::AUTHORIZE.len() + 1 + length > Limits::default().target_bytes
}

fn prompt(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, value)| name == "prompt" && !value.is_empty()).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;
    use axum::http::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn a_request_by_post_keeps_what_a_request_by_get_has() {
        let headers = HeaderMap::from_iter([(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        )]);
        let body = b"client_id=a&client_secret=s&scope=x+y&state=%26%3D%C3%A9&response_mode=query&request=r&x=1&state=2";
        let form = Parameters::read_long_form(&headers, body).ok().unwrap();
        let query = query_of_post("prompt=login&client_secret=t&response_type=code", &form);
        assert_eq!(
            query,
            "prompt=login&response_type=code&response_mode=query&client_id=a&scope=x+y&state=%26%3D%C3%A9&state=2&request=r"
        );
    }

    #[test]
    fn unknown_parameters_are_dropped_and_prompt_is_kept() {
        assert_eq!(
            known_parameters("client_id=a&client_secret=s&scope=x+y&prompt=consent"),
            "client_id=a&scope=x+y&prompt=consent"
        );
    }

    #[test]
    fn a_completed_sign_in_leaves_the_rest_of_prompt() {
        assert_eq!(without_sign_in("client_id=a&prompt=login+consent"), "client_id=a&prompt=consent");
        assert_eq!(without_sign_in("client_id=a&prompt=login"), "client_id=a");
    }
}
