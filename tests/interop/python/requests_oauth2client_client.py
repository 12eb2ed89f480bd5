"""The unmodified library requests-oauth2client."""

import os

from requests_oauth2client import InvalidGrant, OAuth2Client, OAuth2ClientCredentialsAuth, PublicApp

from support import (
    ISSUER,
    REDIRECT,
    SCOPES,
    WELL_KNOWN,
    Person,
    check,
    consumer,
    gateway,
    resource_server,
    run,
    same,
    web_consumer,
)

bot = consumer("oauth2client-bot", "--grant", "client_credentials")
web = web_consumer("oauth2client-web")
public_id, _ = web_consumer("oauth2client-public", "--public")
person = Person()


def client(credentials, **more):
    # The library wants https in the metadata unless `testing` is set.
    return OAuth2Client.from_discovery_endpoint(
        WELL_KNOWN, issuer=ISSUER, auth=credentials, redirect_uri=REDIRECT, testing=True, **more
    )


watcher = client(gateway("oauth2client-gateway"))


def tokens(session):
    # Without this argument the library asks for the scope openid.
    request = session.authorization_request(scope=SCOPES)
    # The library checks state and iss, and keeps the code verifier.
    return session.authorization_code(request.validate_callback(person.authorize(request.uri)))


@check
def requests_oauth2client_reads_the_metadata():
    found = client(bot)
    same((found.issuer, found.token_endpoint), (ISSUER, ISSUER + "/oauth/token"))
    same(found.authorization_response_iss_parameter_supported, True)


@check
def requests_oauth2client_client_credentials():
    token = client(bot).client_credentials(scope="assets.read")
    same((token.scope, token.token_type, 3590 < token.expires_in <= 3600), ("assets.read", "Bearer", True))
    same(watcher.introspect_token(token)["client_id"], bot[0])


@check
def requests_oauth2client_authorizes_requests_by_itself():
    import requests

    with resource_server(lambda token: watcher.introspect_token(token)["active"]) as url:
        same(requests.get(url, auth=OAuth2ClientCredentialsAuth(client(bot))).status_code, 200)
        same(requests.get(url).status_code, 401)


@check
def requests_oauth2client_authorization_code_and_refresh():
    session = client(web)
    first = tokens(session)
    same(sorted(first.scope.split()), SCOPES)
    found = watcher.introspect_token(first)
    same((found["active"], found["username"], found["iss"]), (True, os.environ["USERNAME"], ISSUER))
    second = session.refresh_token(first)
    same(second.refresh_token != first.refresh_token, True)
    same(watcher.introspect_token(second)["active"], True)


@check
def requests_oauth2client_public_client():
    session = client(PublicApp(public_id))
    first = tokens(session)
    second = session.refresh_token(first)
    same(session.revoke_refresh_token(second), True)
    try:
        session.refresh_token(second)
    except InvalidGrant:
        return
    raise AssertionError("a revoked refresh token was accepted")


@check
def requests_oauth2client_revocation():
    session = client(web)
    token = tokens(session)
    same(session.revoke_access_token(token), True)
    same(watcher.introspect_token(token), {"active": False})


run()
