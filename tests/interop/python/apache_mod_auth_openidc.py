"""A resource server: Apache with the unmodified module mod_auth_openidc. It introspects over TLS only."""

from apache import apache, recipe, status, tls_proxy
from support import apiconn, check, consumer, gateway, machine_token, run, same

bot = consumer("openidc-bot", "--grant", "client_credentials")
gateway_key = gateway("openidc-gateway")
tls, certificate = tls_proxy()


def configuration(interval):
    lines = recipe("apache_mod_auth_openidc.conf")
    lines = lines.replace("IntrospectionInterval -1", f"IntrospectionInterval {interval}")
    # The certificate of the proxy was made for this run.
    return lines + f"OIDCCABundlePath {certificate}\n"


@check
def mod_auth_openidc_accepts_only_a_token_with_the_scope():
    with apache("scopes", "auth_openidc", configuration(-1), gateway_key, tls) as url:
        token = machine_token(bot, "assets.read")
        same((status(url + "/assets"), status(url + "/assets", token), status(url + "/assets", "unknown")), (401, 200, 401))
        same(status(url + "/work_orders", token) in (401, 403), True)
        for scope in ["work_orders.write", "assets.read work_orders.write"]:
            same(status(url + "/work_orders", machine_token(bot, scope)), 200)


@check
def mod_auth_openidc_without_cache_refuses_a_revoked_token_at_once():
    with apache("revoked", "auth_openidc", configuration(-1), gateway_key, tls) as url:
        token = machine_token(consumer("openidc-revoked", "--grant", "client_credentials"), "assets.read")
        same(status(url + "/assets", token), 200)
        apiconn("consumer", "revoke", "openidc-revoked", "--yes")
        same(status(url + "/assets", token), 401)


@check
def mod_auth_openidc_with_its_default_accepts_a_revoked_token():
    with apache("cached", "auth_openidc", configuration(0), gateway_key, tls) as url:
        token = machine_token(consumer("openidc-cached", "--grant", "client_credentials"), "assets.read")
        same(status(url + "/assets", token), 200)
        apiconn("consumer", "revoke", "openidc-cached", "--yes")
        same(status(url + "/assets", token), 200)


run()
