"""What the Python scripts share: the program, a person in front of a browser, and checks that are counted."""

import http.cookiejar
import json
import os
import subprocess
import sys
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
    """Has `run` call this function, and count how it ends."""
    _checks.append(function)
    return function


def run():
    """Runs the checks in their order; one that fails does not keep the others from being run."""
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
    """Fails, and says why, unless both are the same."""
    if found != expected:
        raise AssertionError(f"found {found!r}, expected {expected!r}")


def apiconn(*words):
    """Runs the program, and gives back the one document that it prints."""
    done = subprocess.run(
        [os.environ["APICONN"], "-q", *words, "-o", "json"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.stderr}")
    return json.loads(done.stdout)


def consumer(name, *words):
    """Adds a consumer that holds both scopes; its id and its secret, if it has one."""
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    made = apiconn("consumer", "add", name, *scopes, *words)
    return made["consumer"]["client_id"], made.get("client_secret")


def web_consumer(name, *words):
    """Adds a consumer for users."""
    return consumer(name, "--grant", "authorization_code", "--redirect-uri", REDIRECT, *words)


def gateway(name):
    """Adds a key for a resource server."""
    made = apiconn("key", "create", name, "--scope", "apiconn:introspect")
    return made["key"]["client_id"], made["client_secret"]


def query(url):
    """The parameters in the query of a URL, each of which is there once."""
    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    same(len(dict(pairs)), len(pairs))
    return dict(pairs)


class _Form(HTMLParser):
    """The first form of a page that leads to `action`."""

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
    """Somebody who signs in as the user that the service has, and answers the consent page."""

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
        """Opens the client's address, signs in where asked to, decides; gives back where it is sent."""
        page, location = self._open(url)
        if 'action="/login"' in page:
            form = _Form(page, "/login")
            fields = form.hidden + [("username", os.environ["USERNAME"]), ("password", os.environ["PASSWORD"])]
            _, location = self._open(ISSUER + "/login", fields)
            if location.startswith(ISSUER):
                page, location = self._open(location)
        if location is None:
            form = _Form(page, "/oauth/authorize")
            scopes = [("scope", scope) for scope in form.ticked if scope not in untick]
            _, location = self._open(
                ISSUER + "/oauth/authorize", form.hidden + scopes + [("decision", decision)]
            )
        if not location.startswith(REDIRECT + "?"):
            raise AssertionError(location)
        return location
