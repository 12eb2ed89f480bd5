// A browser application at another origin: tokens by fetch in a real browser, and what other origins may read.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { Application, browser, button, complaints, fillIn, visitor } from "./chromium.js";
import { apiconn, consumer, issuer, run } from "./support.js";

/** Serves an empty page on a free port of a host; returns its origin and a function that ends it. */
async function site(host) {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><html lang=en><title>Page</title><link rel=icon href=data:,>");
  });
  server.listen(0, host);
  await once(server, "listening");
  const name = host === "::1" ? "[::1]" : host;
  return { origin: `http://${name}:${server.address().port}`, close: () => server.close() };
}

/** Sends a form from the page; returns what its script can read of the answer, or "blocked". */
function post(page, path, fields, headers = {}) {
  return page.evaluate(
    async ([url, fields, headers]) => {
      try {
        const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers });
        const read = (name) => answer.headers.get(name);
        const text = await answer.text();
        return {
          status: answer.status,
          body: text === "" ? null : JSON.parse(text),
          requestId: read("request-id"),
          challenge: read("www-authenticate"),
        };
      } catch {
        return "blocked";
      }
    },
    [`${issuer}${path}`, fields, headers],
  );
}

const spa = await Application.open();
const { id } = consumer("spa", "--grant", "authorization_code", "--redirect-uri", "http://127.0.0.1/cb", "--public");
await spa.as({ id });
const refresh = (token) => ({ grant_type: "refresh_token", refresh_token: token, client_id: id });

const checks = {
  "signs in, exchanges, refreshes and revokes by fetch": async () => {
    const page = await visitor();
    await page.goto(await spa.begin());
    await fillIn(page);
    await button(page, "Allow").click();
    const code = (await spa.comesBack(page)).searchParams.get("code");
    assert.notEqual(new URL(page.url()).origin, issuer);
    const exchange = {
      grant_type: "authorization_code",
      code,
      redirect_uri: spa.redirect,
      code_verifier: spa.verifier,
      client_id: id,
    };
    // The header makes the browser ask first (a preflight).
    const tokens = await post(page, "/oauth/token", exchange, { "x-requested-with": "XMLHttpRequest" });
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    const next = await post(page, "/oauth/token", refresh(tokens.body.refresh_token));
    assert.equal(next.status, 200, JSON.stringify(next));
    const revoked = await post(page, "/oauth/revoke", { token: next.body.refresh_token, client_id: id });
    assert.equal(revoked.status, 200);
    const refused = await post(page, "/oauth/token", refresh(next.body.refresh_token));
    assert.deepEqual([refused.status, refused.body.error], [400, "invalid_grant"]);
    assert.match(refused.requestId, /^req_/);
    const wrong = await post(page, "/oauth/token", refresh("x"), { authorization: `Basic ${btoa(`${id}:wrong`)}` });
    assert.deepEqual([wrong.status, wrong.body.error], [401, "invalid_client"]);
    assert.match(wrong.challenge, /^Basic /);
    const metadata = await page.evaluate(
      async (url) => (await (await fetch(url)).json()).issuer,
      `${issuer}/.well-known/oauth-authorization-server`,
    );
    assert.equal(metadata, issuer);
    // Nothing else can be read.
    for (const path of ["/oauth/introspect", "/login", "/account/applications"]) {
      assert.equal(await post(page, path, { token: "x" }), "blocked", path);
    }
    spa.close();
  },
  "is blocked at another origin until that is allowed": async () => {
    const other = await site("localhost");
    const page = await visitor();
    await page.goto(other.origin);
    for (const path of ["/oauth/token", "/oauth/revoke"]) {
      assert.equal(await post(page, path, refresh("x")), "blocked", path);
      assert.equal(await post(page, path, refresh("x"), { "x-requested-with": "x" }), "blocked", path);
    }
    apiconn("consumer", "edit", "spa", "--add-web-origin", other.origin);
    assert.equal((await post(page, "/oauth/token", refresh("x"), { "x-requested-with": "x" })).status, 400);
    apiconn("consumer", "disable", "spa", "--yes");
    assert.equal((await post(page, "/oauth/token", refresh("x"))).status, 401);
    apiconn("consumer", "revoke", "spa", "--yes");
    assert.equal(await post(page, "/oauth/token", refresh("x")), "blocked");
    other.close();
  },
  "reads answers at the https origin of its redirect URI": async () => {
    const origin = "https://spa.example";
    consumer("remote", "--grant", "authorization_code", "--redirect-uri", `${origin}/cb`, "--public");
    // A confidential consumer has no browser application.
    consumer("web", "--grant", "authorization_code", "--redirect-uri", "https://web.example/cb");
    for (const [at, readable] of [[origin, true], ["https://web.example", false], ["https://evil.example", false]]) {
      // Chromium asks the user before a page of the Internet may reach a loopback address, on which the service is here.
      const page = await visitor({ permissions: ["local-network-access"] });
      await page.route(`${at}/**`, (route) => route.fulfill({ contentType: "text/html", body: "<title>Page</title>" }));
      await page.goto(`${at}/`);
      const answer = await post(page, "/oauth/token", refresh("x"));
      assert.equal(readable ? answer.status : answer, readable ? 401 : "blocked", at);
    }
  },
};

await run("a browser application", checks);
complaints.splice(0);
await browser.close();
