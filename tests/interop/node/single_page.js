// A browser application on another origin: a public client that uses fetch (CORS) for tokens and revocation.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { browser, button, fillIn } from "./chromium.js";
import { apiconn, issuer, run, scopes, webConsumer } from "./support.js";

const host = "spa.example";
const page404 = "<!doctype html><html lang=en><title>Application</title><p>Application.";
const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(page404));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address();

// A consumer may have any port of a loopback redirect. Other redirect URIs have https, which this server does not speak: the
// browser gets its pages from here.
const loopback = `http://127.0.0.1:${port}`;
const local = webConsumer("spa-local", "--public", "--redirect-uri", "http://127.0.0.1/cb");
const remote = webConsumer("spa-remote", "--public", "--redirect-uri", `https://${host}/cb`);
webConsumer("spa-mobile", "--public", "--web-origin", "https://mobile.example");
// A confidential consumer has no browser application.
webConsumer("web", "--redirect-uri", "https://web.example/cb");

/** Opens a page of this origin. */
async function pageAt(origin) {
  // Chromium asks the user before a page of the Internet may reach a loopback address, on which the service is here.
  const context = await browser.newContext({ permissions: ["local-network-access"] });
  const page = await context.newPage();
  await page.route(`${origin}/**`, (route) => route.fulfill({ contentType: "text/html", body: page404 }));
  await page.goto(`${origin}/`);
  return page;
}

/** Runs the whole flow of a browser application inside the page's own scripts. */
async function flow(page, client, redirectUri) {
  const begin = { issuer, client, redirectUri, scope: scopes.join(" ") };
  const authorize = await page.evaluate(async ({ issuer, client, redirectUri, scope }) => {
    const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
    const text = (bytes) =>
      btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const verifier = text(crypto.getRandomValues(new Uint8Array(32)));
    sessionStorage.verifier = verifier;
    sessionStorage.token = metadata.token_endpoint;
    sessionStorage.revocation = metadata.revocation_endpoint;
    const code_challenge = text(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
    const query = { response_type: "code", client_id: client, redirect_uri: redirectUri, scope, code_challenge };
    return `${metadata.authorization_endpoint}?${new URLSearchParams({ ...query, code_challenge_method: "S256", state: "s" })}`;
  }, begin);
  await page.goto(authorize);
  await fillIn(page);
  if (!page.url().startsWith(redirectUri)) await button(page, "Allow").click();
  await page.waitForURL(`${redirectUri}?*`);
  return page.evaluate(async ({ client, redirectUri }) => {
    const ask = (endpoint, fields, headers = {}) =>
      fetch(endpoint, { method: "POST", headers, body: new URLSearchParams({ client_id: client, ...fields }) });
    const code = new URL(location).searchParams.get("code");
    const { verifier, token, revocation } = sessionStorage;
    const exchange = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier };
    const first = await (await ask(token, exchange)).json();
    // A header beyond the simple ones needs a preflight.
    const headers = { "x-requested-with": "XMLHttpRequest" };
    const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token };
    const second = await (await ask(token, refresh, headers)).json();
    const revoked = await ask(revocation, { token: second.refresh_token });
    const again = await ask(token, { grant_type: "refresh_token", refresh_token: second.refresh_token });
    return {
      scope: second.scope,
      revoked: revoked.status,
      again: [again.status, (await again.json()).error],
      requestId: again.headers.get("request-id")?.startsWith("req_"),
    };
  }, { client, redirectUri });
}

/** Sends a token request from a page and returns its status and error, or the failure of fetch. */
function fails(page, client) {
  return page.evaluate(async ({ endpoint, client }) => {
    try {
      const answer = await fetch(endpoint, { method: "POST", body: new URLSearchParams({ client_id: client, grant_type: "x" }) });
      return [answer.status, (await answer.json()).error];
    } catch (error) {
      return error.name;
    }
  }, { endpoint: `${issuer}/oauth/token`, client });
}

const whole = {
  scope: scopes.join(" "), revoked: 200, again: [400, "invalid_grant"], requestId: true,
};

await run("a browser application on another origin", {
  "gets, refreshes and revokes tokens from a loopback address": async () => {
    const page = await pageAt(loopback);
    assert.deepEqual(await flow(page, local.id, `${loopback}/cb`), whole);
  },
  "gets, refreshes and revokes tokens from an https origin": async () => {
    const page = await pageAt(`https://${host}`);
    assert.deepEqual(await flow(page, remote.id, `https://${host}/cb`), whole);
  },
  "reads its error, also when its consumer is disabled": async () => {
    const page = await pageAt(`https://${host}`);
    assert.deepEqual(await fails(page, remote.id), [400, "unsupported_grant_type"]);
    apiconn("consumer", "disable", "spa-remote", "--yes");
    const [status, error] = await fails(page, remote.id);
    assert.ok(status === 400 || status === 401, status);
    assert.ok(["invalid_client", "unsupported_grant_type"].includes(error), error);
    apiconn("consumer", "revoke", "spa-remote", "--yes");
    assert.equal(await fails(page, remote.id), "TypeError");
  },
  "reads answers from an origin that was given for its consumer": async () => {
    assert.deepEqual(await fails(await pageAt("https://mobile.example"), local.id), [400, "unsupported_grant_type"]);
  },
  "reads nothing from the origin of a confidential consumer or an unknown one": async () => {
    for (const origin of ["https://web.example", "https://evil.example"]) {
      assert.equal(await fails(await pageAt(origin), local.id), "TypeError");
    }
  },
  "reads nothing of introspection": async () => {
    const page = await pageAt(loopback);
    const failure = await page.evaluate(
      (url) => fetch(url, { method: "POST", body: new URLSearchParams({ token: "x" }) }).catch(({ name }) => name),
      `${issuer}/oauth/introspect`,
    );
    assert.equal(failure, "TypeError");
  },
});
server.close();
await browser.close();
