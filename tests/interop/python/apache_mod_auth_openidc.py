"""A resource server: Apache with the unmodified module mod_auth_openidc. It introspects over TLS only."""

from apache import apache, status, tls_proxy
from support import apiconn, check, consumer, gateway, machine_token, run, same

bot = consumer("openidc-bot", "--grant", "client_credentials")
gateway_id, gateway_secret = gateway("openidc-gateway")
tls, certificate = tls_proxy()


def configuration(interval):
    return f"""
OIDCOAuthIntrospectionEndpoint {tls}/oauth/introspect
OIDCOAuthIntrospectionEndpointAuth client_secret_basic
OIDCOAuthClientID {gateway_id}
OIDCOAuthClientSecret {gateway_secret}
OIDCOAuthRemoteUserClaim sub
OIDCCABundlePath {certificate}
OIDCCryptoPassphrase made-for-one-run
OIDCCacheShmEntrySizeMax 66065
# -1: introspects each request. The default, 0, keeps the answer until the token expires.
OIDCOAuthTokenIntrospectionInterval {interval}
<Location />
    AuthType oauth20
</Location>
<Location /assets>
    Require claim "scope~(^| )assets[.]read( |$)"
</Location>
<Location /work_orders>
    Require claim "scope~(^| )work_orders[.]write( |$)"
</Location>
"""


@check
def mod_auth_openidc_accepts_only_a_token_with_the_scope():
    with apache("scopes", "auth_openidc", configuration(-1)) as url:
        token = machine_token(bot, "assets.read")
        same((status(url + "/assets"), status(url + "/assets", token), status(url + "/assets", "unknown")), (401, 200, 401))
        same(status(url + "/work_orders", token) in (401, 403), True)
        for scope in ["work_orders.write", "assets.read work_orders.write"]:
            same(status(url + "/work_orders", machine_token(bot, scope)), 200)


@check
def mod_auth_openidc_without_cache_refuses_a_revoked_token_at_once():
    with apache("revoked", "auth_openidc", configuration(-1)) as url:
        token = machine_token(consumer("openidc-revoked", "--grant", "client_credentials"), "assets.read")
        same(status(url + "/assets", token), 200)
        apiconn("consumer", "revoke", "openidc-revoked", "--yes")
        same(status(url + "/assets", token), 401)


@check
def mod_auth_openidc_with_its_default_accepts_a_revoked_token():
    with apache("cached", "auth_openidc", configuration(0)) as url:
        token = machine_token(consumer("openidc-cached", "--grant", "client_credentials"), "assets.read")
        same(status(url + "/assets", token), 200)
        apiconn("consumer", "revoke", "openidc-cached", "--yes")
        same(status(url + "/assets", token), 200)


run()
