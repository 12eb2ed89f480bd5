"""A resource server: Apache with the unmodified module mod_oauth2."""

from apache import apache, recipe, status
from support import apiconn, check, consumer, gateway, machine_token, run, same

bot = consumer("apache-bot", "--grant", "client_credentials")
gateway_key = gateway("apache-gateway")


def configuration(expiry):
    return recipe("apache_mod_oauth2.conf").replace("&expiry=0", f"&expiry={expiry}")


@check
def mod_oauth2_accepts_only_a_token_with_the_scope():
    with apache("scopes", "oauth2", configuration(0), gateway_key) as url:
        token = machine_token(bot, "assets.read")
        same((status(url + "/assets"), status(url + "/assets", token), status(url + "/assets", "unknown")), (401, 200, 401))
        same(status(url + "/work_orders", token) in (401, 403), True)
        for scope in ["work_orders.write", "assets.read work_orders.write"]:
            same(status(url + "/work_orders", machine_token(bot, scope)), 200)


@check
def mod_oauth2_without_cache_refuses_a_revoked_token_at_once():
    with apache("revoked", "oauth2", configuration(0), gateway_key) as url:
        token = machine_token(consumer("apache-revoked", "--grant", "client_credentials"), "assets.read")
        same(status(url + "/assets", token), 200)
        apiconn("consumer", "revoke", "apache-revoked", "--yes")
        same(status(url + "/assets", token), 401)


@check
def mod_oauth2_with_a_cache_accepts_a_revoked_token_for_some_time():
    with apache("cached", "oauth2", configuration(300), gateway_key) as url:
        token = machine_token(consumer("apache-cached", "--grant", "client_credentials"), "assets.read")
        same(status(url + "/assets", token), 200)
        apiconn("consumer", "revoke", "apache-cached", "--yes")
        same(status(url + "/assets", token), 200)


run()
