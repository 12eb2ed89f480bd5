"""Shared by the Python scripts: the program, a simulated user with a browser, and counted checks."""

import contextlib
import http.cookiejar
import http.server
import json
import os
import subprocess
import sys
import threading
import traceback
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

ISSUER = os.environ["ISSUER"]
WELL_KNOWN = ISSUER + "/.well-known/oauth-authorization-server"
REDIRECT = "https://field.example/cb"
SCOPES = ["assets.read", "work_orders.write"]

_checks = []


def check(function):
    """Registers a function as a check of `run`."""
    _checks.append(function)
    return function


def run():
    """Runs all checks in order and prints one result line for each."""
    failed = 0
    for function in _checks:
        name = function.__name__.replace("_", " ")
        try:
            function()
            print("ok -", name, flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()
            print("not ok -", name, flush=True)
    sys.exit(failed > 0)


def same(found, expected):
    """Raises `AssertionError` unless both values are equal."""
    if found != expected:
        raise AssertionError(f"found {found!r}, expected {expected!r}")


def apiconn(*words):
    """Runs the program and returns its JSON output."""
    done = subprocess.run(
        [os.environ["APICONN"], "-q", *words, "-o", "json"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.stderr}")
    return json.loads(done.stdout)


def consumer(name, *words):
    """Adds a consumer with both scopes. Returns its id and its secret or `None`."""
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    made = apiconn("consumer", "add", name, *scopes, *words)
    return made["consumer"]["client_id"], made.get("client_secret")


def web_consumer(name, *words):
    """Adds a consumer with the authorization code grant."""
    return consumer(name, "--grant", "authorization_code", "--redirect-uri", REDIRECT, *words)


def gateway(name):
    """Adds a key for a resource server."""
    made = apiconn("key", "create", name, "--scope", "apiconn:introspect")
    return made["key"]["client_id"], made["client_secret"]


def query(url):
    """Returns the query parameters of a URL. Each may occur only once."""
    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    same(len(dict(pairs)), len(pairs))
    return dict(pairs)


def machine_token(credentials, scope):
    """Returns an access token by client credentials."""
    client_id, secret = credentials
    fields = {"grant_type": "client_credentials", "scope": scope, "client_id": client_id, "client_secret": secret}
    with urllib.request.urlopen(ISSUER + "/oauth/token", urllib.parse.urlencode(fields).encode()) as answer:
        return json.load(answer)["access_token"]


@contextlib.contextmanager
def resource_server(accepts):
    """Serves a page to requests whose bearer token `accepts` accepts. Yields its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            self.send_response(200 if scheme == "Bearer" and accepts(token) else 401)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.timeout = 0.1
    ended = threading.Event()

    def serve():
        while not ended.is_set():
            server.handle_request()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        ended.set()
        thread.join()
        server.server_close()


class _Form(HTMLParser):
    """The form of a page with this `action`."""

    def __init__(self, page, action):
        super().__init__()
        self._action, self._inside = action, False
        self.hidden, self.ticked = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self._inside = attributes.get("action") == self._action
        elif tag == "input" and self._inside and attributes.get("type") == "hidden":
            self.hidden.append((attributes["name"], attributes["value"]))
        elif tag == "input" and self._inside and attributes.get("type") == "checkbox":
            self.ticked.append(attributes["value"])

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Person:
    """A simulated user who signs in and submits the consent page."""

    def __init__(self):
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, _NoRedirect)

    def _open(self, url, fields=None):
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        try:
            with self._opener.open(url, data) as answer:
                return answer.read().decode(), None
        except urllib.error.HTTPError as answer:
            with answer:
                if answer.status != 303:
                    raise AssertionError(f"{url}: {answer.status} {answer.read().decode()}") from None
                return "", urllib.parse.urljoin(ISSUER, answer.headers["Location"])

    def authorize(self, url, decision="allow", untick=()):
        """Opens an authorization URL, signs in if necessary, submits the consent, and returns the redirect URL."""
        page, location = self._open(url)
        if 'action="/login"' in page:
            form = _Form(page, "/login")
            fields = form.hidden + [("username", os.environ["USERNAME"]), ("password", os.environ["PASSWORD"])]
            _, location = self._open(ISSUER + "/login", fields)
            if location.startswith(ISSUER):
                page, location = self._open(location)
        if location is None:
            form = _Form(page, "/consent")
            scopes = [("scope", scope) for scope in form.ticked if scope not in untick]
            _, location = self._open(
                ISSUER + "/consent", form.hidden + scopes + [("decision", decision)]
            )
        if not location.startswith(REDIRECT + "?"):
            raise AssertionError(location)
        return location
