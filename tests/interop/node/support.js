// Shared by the scripts: the program, a simulated browser without scripts, and counted checks.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

export const issuer = process.env.ISSUER;
export const redirect = "https://field.example/cb";
export const scopes = ["assets.read", "work_orders.write"];

/** Runs all checks in order and prints one result line for each. */
export async function run(library, checks) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok - ${library} ${name}`);
    } catch (error) {
      failed += 1;
      console.error(error);
      console.log(`not ok - ${library} ${name}`);
    }
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

/** Runs the program and returns its JSON output. */
export function apiconn(...words) {
  const out = execFileSync(process.env.APICONN, ["-q", ...words, "-o", "json"], { stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(out);
}

/** Adds a consumer with both scopes. */
export function consumer(name, ...words) {
  const made = apiconn("consumer", "add", name, ...scopes.flatMap((scope) => ["--scope", scope]), ...words);
  return { id: made.consumer.client_id, secret: made.client_secret };
}

/** Adds a consumer with the authorization code grant. */
export function webConsumer(name, ...words) {
  return consumer(name, "--grant", "authorization_code", "--redirect-uri", redirect, ...words);
}

/** Adds a key for a resource server. */
export function gateway(name) {
  const made = apiconn("key", "create", name, "--scope", "apiconn:introspect");
  return { id: made.key.client_id, secret: made.client_secret };
}

/** Returns an access token by client credentials. */
export async function machineToken({ id, secret }, scope) {
  const body = new URLSearchParams({ grant_type: "client_credentials", scope, client_id: id, client_secret: secret });
  const answer = await fetch(`${issuer}/oauth/token`, { method: "POST", body });
  assert.equal(answer.status, 200);
  return (await answer.json()).access_token;
}

function unescape(text) {
  const named = { amp: "&", quot: '"', lt: "<", gt: ">" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => (code ? String.fromCodePoint(code) : named[name]));
}

/** Returns the inputs of the form with this `action`. */
function inputs(page, action) {
  const form = page.split("<form ").find((part) => part.includes(` action="${action}"`));
  assert.ok(form, `no form has the action ${action}: ${page}`);
  return [...form.split("</form>")[0].matchAll(/<input ([^>]*)>/g)].map(([, text]) =>
    Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)])),
  );
}

/** A simulated user who signs in and submits the consent page. */
export class Person {
  #cookies = new Map();

  async #open(url, fields) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      redirect: "manual",
      method: fields ? "POST" : "GET",
      headers: { cookie },
      body: fields && new URLSearchParams(fields),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]*)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
    const text = await answer.text();
    if (answer.status === 303) return { page: "", to: new URL(answer.headers.get("location"), issuer) };
    assert.equal(answer.status, 200, text);
    return { page: text };
  }

  /** Opens an authorization URL, signs in if necessary, submits the consent, and returns the redirect URL. */
  async authorize(url, { decision = "allow", untick = [] } = {}) {
    let shown = await this.#open(url);
    const fill = (action, ticked, more) =>
      this.#open(issuer + action, [
        ...inputs(shown.page, action)
          .filter(({ type, value }) => type === "hidden" || (type === "checkbox" && ticked(value)))
          .map(({ name, value }) => [name, value]),
        ...more,
      ]);
    if (shown.page.includes('action="/login"')) {
      const { USERNAME, PASSWORD } = process.env;
      shown = await fill("/login", () => false, [["username", USERNAME], ["password", PASSWORD]]);
      if (shown.to.origin === issuer) shown = await this.#open(shown.to);
    }
    if (!shown.to) {
      shown = await fill("/consent", (scope) => !untick.includes(scope), [["decision", decision]]);
    }
    assert.equal(shown.to.origin + shown.to.pathname, redirect);
    return shown.to;
  }
}
