//! The flows of the unmodified `oauth2` crate, an independent implementation of the client's side.

use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, RevocationErrorResponseType, RevocationUrl, Scope,
    StandardErrorResponse, TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
};

use crate::support::browser::{Browser, query, requested_scopes};
use crate::support::process::Service;

use super::{REDIRECT, start};

/// A client with every endpoint set except device authorization.
type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;
type Failure = RequestTokenError<std::io::Error, StandardErrorResponse<BasicErrorResponseType>>;

/// Returns a client with these credentials and the endpoints from the metadata.
fn client(service: &Service, id: &str, secret: Option<&str>) -> Client {
    let metadata = service.request("GET", "/.well-known/oauth-authorization-server", &[], "").json();
    // The crate accepts only https for revocation; `transport` replaces the proxy that terminates TLS.
    let endpoint = |name: &str| metadata[name].as_str().unwrap().replacen("http://", "https://", 1);
    let client = BasicClient::new(ClientId::new(id.to_owned()))
        .set_auth_uri(AuthUrl::new(endpoint("authorization_endpoint")).unwrap())
        .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspection_endpoint")).unwrap())
        .set_revocation_url(RevocationUrl::new(endpoint("revocation_endpoint")).unwrap())
        .set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned()).unwrap());
    match secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.to_owned())),
        None => client,
    }
}

/// Returns an HTTP client for the crate that sends each request unchanged to the service.
fn transport(service: &Service) -> impl Fn(HttpRequest) -> Result<HttpResponse, std::io::Error> {
    |request| {
        let headers: Vec<(&str, &str)> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        let body = str::from_utf8(request.body()).unwrap();
        let answer = service.request(request.method().as_str(), request.uri().path(), &headers, body);
        let mut response = HttpResponse::new(answer.body.clone().into_bytes());
        *response.status_mut() = answer.status.try_into().unwrap();
        for value in answer.header_values("content-type") {
            response.headers_mut().insert("content-type", value.parse().unwrap());
        }
        Ok(response)
    }
}

/// Signs in as `tech1`, allows the given scopes, and returns the code and the verifier.
fn authorize(client: &Client, service: &Service, allowed: &[&str]) -> (AuthorizationCode, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("assets.read".to_owned()))
        .add_scope(Scope::new("work_orders.write".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let mut browser = Browser::default();
    let page = browser.get(service, &url[url::Position::BeforePath..]);
    let page = browser.sign_in(service, &page, "tech1");
    assert_eq!(requested_scopes(&page.body), ["assets.read", "work_orders.write"]);
    let answer = browser.decide(service, &page, "allow", allowed);
    let sent = query(&answer.header("location"));
    assert_eq!(&sent["state"], state.secret());
    (AuthorizationCode::new(sent["code"].clone()), verifier)
}

/// Authorizes the given scopes and exchanges the code for tokens.
fn exchange(client: &Client, service: &Service, allowed: &[&str]) -> BasicTokenResponse {
    let (code, verifier) = authorize(client, service, allowed);
    client.exchange_code(code).set_pkce_verifier(verifier).request(&transport(service)).unwrap()
}

/// Returns the scopes of a token response.
fn scopes(answer: &BasicTokenResponse) -> Vec<&str> {
    answer.scopes().unwrap().iter().map(|scope| scope.as_str()).collect()
}

/// Returns the error code of a failed request.
#[track_caller]
fn error_code<T: std::fmt::Debug>(result: Result<T, Failure>) -> BasicErrorResponseType {
    match result.unwrap_err() {
        RequestTokenError::ServerResponse(response) => response.error().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn client_credentials_work_by_header_and_by_body() {
    let (app, _, service) = start();
    let (id, secret) = app.consumer("bot", "--scope assets.read --scope work_orders.write");
    for auth_type in [AuthType::BasicAuth, AuthType::RequestBody] {
        let case = format!("{auth_type:?}");
        let client = client(&service, &id, Some(&secret)).set_auth_type(auth_type);
        let all = client.exchange_client_credentials().request(&transport(&service)).unwrap();
        assert_eq!(scopes(&all), ["assets.read", "work_orders.write"], "{case}");
        assert_eq!(all.expires_in().unwrap().as_secs(), 3600, "{case}");
        assert!(all.refresh_token().is_none(), "{case}");
        let narrow = client
            .exchange_client_credentials()
            .add_scope(Scope::new("assets.read".to_owned()))
            .request(&transport(&service))
            .unwrap();
        assert_eq!(scopes(&narrow), ["assets.read"], "{case}");
    }
}

#[test]
fn tokens_can_be_refreshed_introspected_and_revoked() {
    let (app, consumer, service) = start();
    let (gateway, secret) = app.key("gateway", "--scope apiconn:introspect");
    let gateway = client(&service, &gateway, Some(&secret));
    let introspect = |token: &str| {
        let token = AccessToken::new(token.to_owned());
        gateway.introspect(&token).request(&transport(&service)).unwrap()
    };
    let client = client(&service, &consumer.client_id, consumer.secret.as_deref());
    let tokens = exchange(&client, &service, &["assets.read"]);
    assert_eq!(scopes(&tokens), ["assets.read"]);
    let found = introspect(tokens.access_token().secret());
    assert!(found.active());
    assert_eq!(found.username(), Some("tech1"));
    assert_eq!(found.client_id().unwrap().as_str(), consumer.client_id);
    assert_eq!(found.iss(), Some("http://127.0.0.1:8080"));
    let lifetime = found.exp().unwrap() - found.iat().unwrap();
    assert_eq!(lifetime.num_seconds(), 3600);

    let first = tokens.refresh_token().unwrap();
    let next = client.exchange_refresh_token(first).request(&transport(&service)).unwrap();
    assert_ne!(next.access_token().secret(), tokens.access_token().secret());
    let second = next.refresh_token().unwrap();
    assert_ne!(second.secret(), first.secret());

    client.revoke_token(next.access_token().into()).unwrap().request(&transport(&service)).unwrap();
    assert!(!introspect(next.access_token().secret()).active());
    let third = client.exchange_refresh_token(second).request(&transport(&service)).unwrap();
    client
        .revoke_token(third.refresh_token().unwrap().into())
        .unwrap()
        .request(&transport(&service))
        .unwrap();
    assert!(!introspect(third.access_token().secret()).active());
    let ended = client.exchange_refresh_token(third.refresh_token().unwrap()).request(&transport(&service));
    assert_eq!(error_code(ended), BasicErrorResponseType::InvalidGrant);
}

#[test]
fn a_public_client_refreshes_and_revokes_without_a_secret() {
    let (app, _, service) = start();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read --scope work_orders.write");
    let client = client(&service, &public.client_id, None);
    let tokens = exchange(&client, &service, &["assets.read", "work_orders.write"]);
    let next =
        client.exchange_refresh_token(tokens.refresh_token().unwrap()).request(&transport(&service)).unwrap();
    assert_eq!(scopes(&next), ["assets.read", "work_orders.write"]);
    let last = next.refresh_token().unwrap();
    client.revoke_token(last.into()).unwrap().request(&transport(&service)).unwrap();
    let ended = client.exchange_refresh_token(last).request(&transport(&service));
    assert_eq!(error_code(ended), BasicErrorResponseType::InvalidGrant);
}

#[test]
fn every_refusal_is_an_error_that_the_crate_knows() {
    let (app, consumer, service) = start();
    let (bot, secret) = app.consumer("bot", "--scope assets.read");
    let transport = transport(&service);
    let wrong = client(&service, &bot, Some("apcx_test_wrong"));
    assert_eq!(
        error_code(wrong.exchange_client_credentials().request(&transport)),
        BasicErrorResponseType::InvalidClient
    );
    let bot = client(&service, &bot, Some(&secret));
    let more = bot.exchange_client_credentials().add_scope(Scope::new("work_orders.write".to_owned()));
    assert_eq!(error_code(more.request(&transport)), BasicErrorResponseType::InvalidScope);
    let unknown = RefreshToken::new("apcr_unknown".to_owned());
    assert_eq!(
        error_code(bot.exchange_refresh_token(&unknown).request(&transport)),
        BasicErrorResponseType::UnauthorizedClient
    );
    // A client with a secret may introspect its own tokens only; any other text is inactive.
    let token = AccessToken::new("apca_unknown".to_owned());
    assert!(!bot.introspect(&token).request(&transport).unwrap().active());
    assert!(matches!(
        wrong.introspect(&token).request(&transport),
        Err(RequestTokenError::ServerResponse(_))
    ));

    let client = client(&service, &consumer.client_id, consumer.secret.as_deref());
    let (code, _) = authorize(&client, &service, &["assets.read"]);
    let (_, foreign) = PkceCodeChallenge::new_random_sha256();
    let exchange = client.exchange_code(code).set_pkce_verifier(foreign);
    assert_eq!(error_code(exchange.request(&transport)), BasicErrorResponseType::InvalidGrant);

    let first = self::exchange(&client, &service, &["assets.read"]).refresh_token().unwrap().clone();
    let second = client.exchange_refresh_token(&first).request(&transport).unwrap();
    // Reuse of the first refresh token after the grace revokes the second.
    app.sql("UPDATE families SET exchanged_at = exchanged_at - 30000");
    for token in [&first, second.refresh_token().unwrap()] {
        assert_eq!(
            error_code(client.exchange_refresh_token(token).request(&transport)),
            BasicErrorResponseType::InvalidGrant,
            "{}",
            token.secret()
        );
    }

    let unauthenticated = self::client(&service, &consumer.client_id, Some("apcx_test_wrong"));
    match unauthenticated.revoke_token(second.access_token().into()).unwrap().request(&transport).unwrap_err()
    {
        RequestTokenError::ServerResponse(response) => assert_eq!(
            response.error(),
            &RevocationErrorResponseType::Basic(BasicErrorResponseType::InvalidClient)
        ),
        other => panic!("{other:?}"),
    }
}
