"""A small API that accepts an API key or an access token of apiconn. Python 3.9 or newer, standard library only.

    python3 introspect.py PORT INTROSPECTION_URL CREDENTIALS

INTROSPECTION_URL is https://auth.example/oauth/introspect. CREDENTIALS is the file that this command wrote:

    apiconn key create assets-api --scope apiconn:introspect -o env >assets-api.env
"""

import base64
import hashlib
import json
import sys
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# An answer is used again for at most this long, so a revocation takes effect here at most this much later.
# 0 asks for every request, and then a revocation takes effect with the next one.
CACHE_SECONDS = 2
CACHE_SIZE = 10_000


class Introspection:
    def __init__(self, url, credentials):
        with open(credentials, encoding="ascii") as file:
            pairs = dict(line.rstrip("\n").split("=", 1) for line in file)
        client = f"{pairs['APICONN_CLIENT_ID']}:{pairs['APICONN_CLIENT_SECRET']}"
        basic = base64.b64encode(client.encode()).decode()
        self.request = urllib.request.Request(url, headers={"Authorization": f"Basic {basic}"})
        self.cache = {}

    def active(self, credential):
        """Returns the introspection answer for an active credential, or None."""
        # Access tokens and secrets of API keys. Never a refresh token or the secret of a consumer.
        if not credential.startswith(("apca_", "apcs_")):
            return None
        # The cache holds digests, so that a dump of this process's memory gives away less.
        digest = hashlib.sha256(credential.encode()).digest()
        answer, fresh_until = self.cache.get(digest, (None, 0))
        if time.time() < fresh_until:
            return answer
        form = urllib.parse.urlencode({"token": credential}).encode()
        with urllib.request.urlopen(self.request, form, timeout=5) as response:
            answer = json.load(response)
        if not answer["active"]:
            self.cache.pop(digest, None)
            return None
        if len(self.cache) >= CACHE_SIZE:
            self.cache.clear()
        # Never longer than the credential itself is valid.
        self.cache[digest] = answer, min(time.time() + CACHE_SECONDS, answer.get("exp", float("inf")))
        return answer


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        scheme, _, credential = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self.answer(401, {"error": "send Authorization: Bearer with an API key's secret or a token"})
        try:
            caller = introspection.active(credential.strip())
        except (OSError, ValueError):
            # The service cannot be asked: refuse, and let the client try again.
            return self.answer(503, {"error": "try again"})
        if caller is None:
            return self.answer(401, {"error": "invalid_token"})
        if "assets.read" not in caller["scope"].split():
            return self.answer(403, {"error": "insufficient_scope"})
        return self.answer(200, {"assets": ["pump 7"], "read_by": caller["sub"]})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    port, url, credentials = sys.argv[1:]
    introspection = Introspection(url, credentials)
    with ThreadingHTTPServer(("127.0.0.1", int(port)), Api) as server:
        while True:
            server.handle_request()
