"""The unmodified library requests-oauthlib."""

import os

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "true"
# The user may grant fewer scopes than requested. Without this setting, oauthlib raises an error.
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "true"

import requests
from oauthlib.oauth2 import (
    AccessDeniedError,
    BackendApplicationClient,
    InvalidClientError,
    InvalidGrantError,
    MismatchingStateError,
)
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from support import (
    ISSUER,
    REDIRECT,
    SCOPES,
    WELL_KNOWN,
    Person,
    check,
    consumer,
    gateway,
    query,
    run,
    same,
    web_consumer,
)

metadata = requests.get(WELL_KNOWN).json()
web_id, web_secret = web_consumer("oauthlib-web")
bot_id, bot_secret = consumer("oauthlib-bot", "--grant", "client_credentials")
watcher = HTTPBasicAuth(*gateway("oauthlib-gateway"))
basic = {"auth": HTTPBasicAuth(web_id, web_secret)}
person = Person()


def web(client_id=web_id, **more):
    return OAuth2Session(client_id, redirect_uri=REDIRECT, scope=SCOPES, pkce="S256", **more)


def authorize(session, **consent):
    url, _ = session.authorization_url(metadata["authorization_endpoint"])
    callback = person.authorize(url, **consent)
    same(query(callback)["iss"], metadata["issuer"])
    return callback


def tokens(session, **how):
    callback = authorize(session)
    return session.fetch_token(metadata["token_endpoint"], authorization_response=callback, **how)


def introspect(token):
    return requests.post(metadata["introspection_endpoint"], data={"token": token}, auth=watcher).json()


def revoke(session, token, kind, auth=None, **fields):
    url, headers, body = session._client.prepare_token_revocation_request(
        metadata["revocation_endpoint"], token, token_type_hint=kind, **fields
    )
    requests.post(url, headers=headers, data=body, auth=auth).raise_for_status()


def raises(error, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except error:
        return
    raise AssertionError(f"the call did not raise {error}")


@check
def requests_oauthlib_client_credentials_by_header_and_by_body():
    for how in [{"auth": HTTPBasicAuth(bot_id, bot_secret)}, {"client_secret": bot_secret, "include_client_id": True}]:
        session = OAuth2Session(client=BackendApplicationClient(bot_id, scope=["assets.read"]))
        token = session.fetch_token(metadata["token_endpoint"], **how)
        same((token.scope, token["token_type"].lower(), token["expires_in"]), ("assets.read", "bearer", 3600))
        same(introspect(token["access_token"])["client_id"], bot_id)


@check
def requests_oauthlib_authorization_code():
    for how in [basic, {"client_secret": web_secret, "include_client_id": True}]:
        token = tokens(web(), **how)
        same(sorted(token.scopes), SCOPES)
        found = introspect(token["access_token"])
        same((found["active"], found["username"], found["iss"]), (True, os.environ["USERNAME"], ISSUER))


@check
def requests_oauthlib_unticked_scope_is_not_granted():
    client_id, secret = web_consumer("oauthlib-unticked")
    session = web(client_id)
    callback = authorize(session, untick=["work_orders.write"])
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, auth=HTTPBasicAuth(client_id, secret)
    )
    same(token.scope, "assets.read")


@check
def requests_oauthlib_denied_consent_is_an_error():
    session = web(web_consumer("oauthlib-denied")[0])
    callback = authorize(session, decision="deny")
    raises(AccessDeniedError, session.fetch_token, metadata["token_endpoint"], authorization_response=callback)


@check
def requests_oauthlib_checks_the_state():
    callback = authorize(web())
    raises(MismatchingStateError, web(state="another").fetch_token, "-", authorization_response=callback)


@check
def requests_oauthlib_public_client():
    client_id, _ = web_consumer("oauthlib-public", "--public")
    session = web(client_id)
    first = tokens(session, include_client_id=True)
    second = session.refresh_token(metadata["token_endpoint"], client_id=client_id)
    same(second["refresh_token"] != first["refresh_token"], True)
    revoke(session, second["refresh_token"], "refresh_token", client_id=client_id)
    raises(InvalidGrantError, session.refresh_token, metadata["token_endpoint"], client_id=client_id)


@check
def requests_oauthlib_refreshes_automatically():
    kept = []
    session = web(auto_refresh_url=metadata["token_endpoint"], token_updater=kept.append)
    tokens(session, **basic)
    session.token = {**session.token, "expires_at": 1}
    session.get(ISSUER + "/", client_id=web_id, client_secret=web_secret)
    same(len(kept), 1)
    same(introspect(kept[0]["access_token"])["active"], True)


@check
def requests_oauthlib_refresh_token_reuse_revokes_all_tokens():
    session = web()
    first = tokens(session, **basic)["refresh_token"]
    session.refresh_token(metadata["token_endpoint"], **basic)
    third = session.refresh_token(metadata["token_endpoint"], **basic)
    for used in [first, third["refresh_token"]]:
        raises(InvalidGrantError, session.refresh_token, metadata["token_endpoint"], refresh_token=used, **basic)
    same(introspect(third["access_token"]), {"active": False})


@check
def requests_oauthlib_revocation():
    session = web()
    token = tokens(session, **basic)
    revoke(session, token["access_token"], "access_token", **basic)
    same(introspect(token["access_token"]), {"active": False})
    revoke(session, token["refresh_token"], "refresh_token", **basic)
    raises(InvalidGrantError, session.refresh_token, metadata["token_endpoint"], **basic)


@check
def requests_oauthlib_wrong_secret():
    session = OAuth2Session(client=BackendApplicationClient(bot_id))
    raises(InvalidClientError, session.fetch_token, metadata["token_endpoint"], auth=HTTPBasicAuth(bot_id, "wrong"))


run()
