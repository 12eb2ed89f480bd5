"""A resource server with the unmodified library flask-oidc. It introspects each request; the library has no cache."""

import os

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "true"

from flask import Flask
from flask_oidc import OpenIDConnect

from support import ISSUER, WELL_KNOWN, apiconn, check, consumer, gateway, machine_token, run, same

bot = consumer("flask-bot", "--grant", "client_credentials")
gateway_id, gateway_secret = gateway("flask-gateway")

app = Flask(__name__)
app.config.update(
    SECRET_KEY="only for sessions, which a resource server has not",
    # The library reads introspection_endpoint from any metadata document. OIDC_SCOPES is checked and not used here.
    OIDC_SERVER_METADATA_URL=WELL_KNOWN,
    OIDC_CLIENT_SECRETS={"web": {"client_id": gateway_id, "client_secret": gateway_secret, "issuer": ISSUER}},
    OIDC_INTROSPECTION_AUTH_METHOD="client_secret_basic",
    OIDC_RESOURCE_SERVER_ONLY=True,
    OIDC_USER_CLASS=None,
)
oidc = OpenIDConnect(app)


@app.route("/assets")
@oidc.accept_token(scopes=["assets.read"])
def assets():
    return {"assets": []}


@app.route("/work_orders", methods=["POST"])
@oidc.accept_token(scopes=["work_orders.write"])
def work_orders():
    return {"created": True}


def status(path, token=None, method="GET"):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return app.test_client().open(path, method=method, headers=headers).status_code


@check
def flask_oidc_accepts_a_token_with_the_scope():
    token = machine_token(bot, "assets.read")
    same((status("/assets"), status("/assets", token)), (401, 200))


@check
def flask_oidc_refuses_a_token_without_the_scope():
    same(status("/work_orders", machine_token(bot, "assets.read"), "POST"), 403)
    same(status("/work_orders", machine_token(bot, "work_orders.write"), "POST"), 200)


@check
def flask_oidc_refuses_a_revoked_token_at_the_next_request():
    client_id, secret = consumer("flask-revoked", "--grant", "client_credentials")
    token = machine_token((client_id, secret), "assets.read")
    same(status("/assets", token), 200)
    apiconn("consumer", "revoke", "flask-revoked", "--yes")
    same(status("/assets", token), 401)


run()
