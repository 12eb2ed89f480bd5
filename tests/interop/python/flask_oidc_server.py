"""A resource server with the unmodified library flask-oidc, as in docs/recipes. It introspects each request."""

import os
import pathlib
import sys

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "true"

from support import apiconn, check, consumer, gateway, machine_token, run, same

bot = consumer("flask-bot", "--grant", "client_credentials")
os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"] = gateway("flask-gateway")
sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "docs" / "recipes"))
from flask_assets import app


def status(path, token=None, method="GET"):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return app.test_client().open(path, method=method, headers=headers).status_code


@check
def flask_oidc_accepts_a_token_with_the_scope():
    token = machine_token(bot, "assets.read")
    same((status("/assets"), status("/assets", "unknown"), status("/assets", token)), (401, 401, 200))


@check
def flask_oidc_refuses_a_token_without_the_scope():
    same(status("/work_orders", machine_token(bot, "assets.read"), "POST"), 403)
    same(status("/work_orders", machine_token(bot, "work_orders.write"), "POST"), 200)


@check
def flask_oidc_refuses_a_revoked_token_at_the_next_request():
    token = machine_token(consumer("flask-revoked", "--grant", "client_credentials"), "assets.read")
    same(status("/assets", token), 200)
    apiconn("consumer", "revoke", "flask-revoked", "--yes")
    same(status("/assets", token), 401)


run()
