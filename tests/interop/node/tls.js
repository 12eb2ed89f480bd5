// A real browser with a TLS proxy in front of the service, as in production. Only with TLS do cookies have the `__Host-`
// prefix and pages the origin of the issuer.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { APICONN, FOLDER } = process.env;
const [key, cert, log] = ["key", "cert", "log"].map((name) => join(FOLDER, name));
execFileSync(
  "openssl",
  ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert],
  { stdio: "ignore" },
);

let port;
const proxy = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, outgoing) => {
  const headers = { ...incoming.headers, "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https" };
  const onward = request({ host: "127.0.0.1", port, path: incoming.url, method: incoming.method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
});
proxy.listen(0, "127.0.0.1");
await once(proxy, "listening");
const issuer = `https://127.0.0.1:${proxy.address().port}`;
const words = ["serve", "--listen", "127.0.0.1:0", "--behind-proxy", "127.0.0.1", "--issuer", issuer];
const service = spawn(APICONN, words, { stdio: ["ignore", openSync(log, "a"), "pipe"] });
process.on("exit", () => service.kill());
for await (const line of createInterface(service.stderr)) {
  port = /^Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
  if (port) break;
}

// The imported modules read the issuer from the environment.
process.env.ISSUER = issuer;
const { Application, browser, button, complaints, fillIn, heading, visitor } = await import("./chromium.js");
const { consumer, run } = await import("./support.js");
const client = consumer("field-app", "--grant", "authorization_code", "--redirect-uri", "http://127.0.0.1/cb", "--public");
const field = await Application.open();

await run("a browser over TLS", {
  "signs in, allows, revokes and signs out with __Host- cookies": async () => {
    const page = await visitor({ ignoreHTTPSErrors: true });
    const parameters = new URLSearchParams({
      response_type: "code",
      client_id: client.id,
      redirect_uri: field.redirect,
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
    });
    const answer = await page.goto(`${issuer}/oauth/authorize?${parameters}`);
    assert.equal(await answer.headerValue("strict-transport-security"), "max-age=31536000");
    await fillIn(page);
    await heading(page, "field-app asks for access");
    const cookies = await page.context().cookies();
    assert.deepEqual(cookies.map(({ name }) => name).sort(), ["__Host-apiconn-browser", "__Host-apiconn-session"]);
    for (const { secure, httpOnly, sameSite } of cookies) assert.deepEqual([secure, httpOnly, sameSite], [true, true, "Lax"]);
    await button(page, "Allow").click();
    const sent = (await field.comesBack(page)).searchParams;
    assert.match(sent.get("code"), /^apcg_/);
    assert.equal(sent.get("iss"), issuer);
    await page.goto(`${issuer}/account/applications`);
    await page.getByRole("button", { name: "Revoke field-app" }).click();
    await button(page, "Revoke").click();
    await page.getByRole("status").waitFor();
    await button(page, "Sign out").click();
    await heading(page, "You are signed out");
    const left = await page.context().cookies();
    assert.deepEqual(left.map(({ name }) => name), ["__Host-apiconn-browser"]);
    assert.deepEqual(complaints, []);
  },
});

field.close();
proxy.close();
proxy.closeAllConnections();
service.kill();
const [code] = await once(service, "exit");
assert.equal(code, 0);
await browser.close();
