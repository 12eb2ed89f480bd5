// The unmodified library simple-oauth2. It supports neither metadata, public clients nor introspection.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { AuthorizationCode, ClientCredentials } from "simple-oauth2";
import { Person, consumer, issuer, redirect, run, scopes, webConsumer } from "./support.js";

const person = new Person();
const bot = consumer("simple-oauth2-bot", "--grant", "client_credentials");
const web = webConsumer("simple-oauth2-web");

const paths = { tokenHost: issuer, tokenPath: "/oauth/token", revokePath: "/oauth/revoke" };

function machine(client, authorizationMethod) {
  return new ClientCredentials({ client, auth: paths, options: { authorizationMethod } });
}

function forUsers(client, authorizationMethod) {
  const auth = { ...paths, authorizePath: "/oauth/authorize" };
  return new AuthorizationCode({ client, auth, options: { authorizationMethod } });
}

async function authorize(client, decides) {
  const code_verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(16).toString("base64url");
  const url = client.authorizeURL({
    redirect_uri: redirect,
    scope: scopes,
    state,
    code_challenge: createHash("sha256").update(code_verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const answer = Object.fromEntries((await person.authorize(url, decides)).searchParams);
  assert.equal(answer.iss, issuer);
  assert.equal(answer.state, state);
  return { answer, code_verifier };
}

async function tokens(client, decides) {
  const { answer, code_verifier } = await authorize(client, decides);
  return client.getToken({ code: answer.code, redirect_uri: redirect, code_verifier });
}

function refused(promise, status, error) {
  return assert.rejects(promise, (raised) => {
    assert.equal(raised.isBoom, true, raised);
    assert.deepEqual([raised.output.statusCode, raised.data.payload.error], [status, error]);
    return true;
  });
}

await run("simple-oauth2", {
  "client credentials by header and by body": async () => {
    for (const method of ["header", "body"]) {
      const { token } = await machine(bot, method).getToken({ scope: "assets.read" });
      assert.deepEqual([token.scope, token.token_type, token.expires_in], ["assets.read", "Bearer", 3600]);
    }
  },
  "authorization code, refresh and revocation by header and by body": async () => {
    for (const method of ["header", "body"]) {
      const client = forUsers(web, method);
      const first = await tokens(client);
      assert.equal(first.token.scope, scopes.join(" "));
      assert.equal(first.expired(), false);
      const second = await first.refresh();
      assert.notEqual(second.token.access_token, first.token.access_token);
      await second.revoke("access_token");
      const third = await second.refresh();
      await third.revokeAll();
      await refused(third.refresh(), 400, "invalid_grant");
    }
  },
  "unticked scope is not granted": async () => {
    const client = forUsers(webConsumer("simple-oauth2-unticked"));
    assert.equal((await tokens(client, { untick: ["work_orders.write"] })).token.scope, "assets.read");
  },
  "denied consent is an error": async () => {
    const client = forUsers(webConsumer("simple-oauth2-denied"));
    const { answer } = await authorize(client, { decision: "deny" });
    assert.deepEqual([answer.error, answer.code], ["access_denied", undefined]);
  },
  "reuse of a refresh token revokes all tokens": async () => {
    const first = await tokens(forUsers(web));
    const third = await (await first.refresh()).refresh();
    await refused(first.refresh(), 400, "invalid_grant");
    await refused(third.refresh(), 400, "invalid_grant");
  },
  "a wrong secret": async () => {
    for (const method of ["header", "body"]) {
      const client = machine({ id: bot.id, secret: "wrong" }, method);
      await refused(client.getToken({}), 401, "invalid_client");
    }
  },
});
