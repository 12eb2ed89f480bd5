"""The unmodified library Authlib."""

import os

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "true"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from support import ISSUER, REDIRECT, SCOPES, Person, check, consumer, gateway, query, run, same, web_consumer

metadata = AuthorizationServerMetadata(requests.get(get_well_known_url(ISSUER, external=True)).json())
web_id, web_secret = web_consumer("authlib-web")
bot = consumer("authlib-bot", "--grant", "client_credentials")
watcher = OAuth2Session(*gateway("authlib-gateway"))
person = Person()


def web(client_id=web_id, secret=web_secret, method="client_secret_basic", **more):
    return OAuth2Session(
        client_id,
        secret,
        scope=SCOPES,
        redirect_uri=REDIRECT,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        code_challenge_method="S256",
        **more,
    )


def authorize(session, **consent):
    verifier = generate_token(48)
    url, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    callback = person.authorize(url, **consent)
    same(query(callback)["iss"], metadata["issuer"])
    return callback, state, verifier


def tokens(session, **consent):
    callback, state, verifier = authorize(session, **consent)
    return session.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier
    )


def introspect(token):
    return watcher.introspect_token(metadata["introspection_endpoint"], token=token).json()


def refused(error, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except OAuthError as raised:
        same(raised.error, error)
    else:
        raise AssertionError("the request was not refused")


@check
def authlib_accepts_the_metadata():
    metadata.validate()
    same(metadata["issuer"], ISSUER)


@check
def authlib_client_credentials_by_header_and_by_body():
    for method in ["client_secret_basic", "client_secret_post"]:
        session = OAuth2Session(*bot, scope="assets.read", token_endpoint_auth_method=method)
        token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
        same((token["scope"], token["token_type"].lower(), token["expires_in"]), ("assets.read", "bearer", 3600))
        same(introspect(token["access_token"])["client_id"], bot[0])


@check
def authlib_authorization_code():
    for method in ["client_secret_basic", "client_secret_post"]:
        token = tokens(web(method=method))
        same(token["scope"], " ".join(SCOPES))
        found = introspect(token["access_token"])
        same((found["active"], found["username"], found["iss"]), (True, os.environ["USERNAME"], ISSUER))


@check
def authlib_unticked_scope_is_not_granted():
    client_id, secret = web_consumer("authlib-unticked")
    token = tokens(web(client_id, secret), untick=["work_orders.write"])
    same(token["scope"], "assets.read")


@check
def authlib_denied_consent_is_returned_as_an_error():
    # Authlib leaves the check for an error to the application.
    callback, state, _ = authorize(web(*web_consumer("authlib-denied")), decision="deny")
    sent = query(callback)
    same((sent["error"], sent["state"], "code" in sent), ("access_denied", state, False))


@check
def authlib_public_client():
    client_id, _ = web_consumer("authlib-public", "--public")
    session = web(client_id, None, "none")
    first = tokens(session)
    second = session.refresh_token(metadata["token_endpoint"])
    same(second["refresh_token"] != first["refresh_token"], True)
    session.revoke_token(metadata["revocation_endpoint"], token=second["refresh_token"]).raise_for_status()
    refused("invalid_grant", session.refresh_token, metadata["token_endpoint"])


@check
def authlib_refreshes_automatically():
    session = web(token_endpoint=metadata["token_endpoint"])
    before = tokens(session)["access_token"]
    session.token["expires_at"] = 1
    session.get(ISSUER + "/")
    same(session.token["access_token"] != before, True)
    same(introspect(session.token["access_token"])["active"], True)


@check
def authlib_refresh_token_reuse_revokes_all_tokens():
    session = web()
    first = tokens(session)["refresh_token"]
    session.refresh_token(metadata["token_endpoint"])
    third = session.refresh_token(metadata["token_endpoint"])
    refused("invalid_grant", session.refresh_token, metadata["token_endpoint"], refresh_token=first)
    refused("invalid_grant", session.refresh_token, metadata["token_endpoint"], refresh_token=third["refresh_token"])
    same(introspect(third["access_token"]), {"active": False})


@check
def authlib_revocation():
    session = web()
    token = tokens(session)
    hint = {"token_type_hint": "access_token"}
    session.revoke_token(metadata["revocation_endpoint"], token=token["access_token"], **hint).raise_for_status()
    same(introspect(token["access_token"]), {"active": False})
    session.revoke_token(metadata["revocation_endpoint"], token=token["refresh_token"]).raise_for_status()
    refused("invalid_grant", session.refresh_token, metadata["token_endpoint"])


@check
def authlib_wrong_secret():
    for method in ["client_secret_basic", "client_secret_post"]:
        session = OAuth2Session(bot[0], "wrong", token_endpoint_auth_method=method)
        refused("invalid_client", session.fetch_token, metadata["token_endpoint"], grant_type="client_credentials")


run()
