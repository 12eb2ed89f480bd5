"""An API in Flask that accepts access tokens of apiconn. Install: pip install flask-oidc

    ISSUER=https://auth.example CLIENT_ID=... CLIENT_SECRET=... flask --app flask_assets run

The id and secret are those of a key with the scope apiconn:introspect.
"""

import os

from flask import Flask
from flask_oidc import OpenIDConnect

issuer = os.environ["ISSUER"]
app = Flask(__name__)
app.config.update(
    # flask-oidc reads introspection_endpoint from this document. It needs no OpenID Connect for that.
    OIDC_SERVER_METADATA_URL=f"{issuer}/.well-known/oauth-authorization-server",
    OIDC_CLIENT_SECRETS={
        "web": {
            "client_id": os.environ["CLIENT_ID"],
            "client_secret": os.environ["CLIENT_SECRET"],
            "issuer": issuer,
        }
    },
    OIDC_INTROSPECTION_AUTH_METHOD="client_secret_basic",
    OIDC_RESOURCE_SERVER_ONLY=True,
    OIDC_USER_CLASS=None,
)
oidc = OpenIDConnect(app)


@app.get("/assets")
@oidc.accept_token(scopes=["assets.read"])
def assets():
    return {"assets": ["pump 7"]}


@app.post("/work_orders")
@oidc.accept_token(scopes=["work_orders.write"])
def work_orders():
    return {"created": True}
