// The unmodified library oauth4webapi, which validates responses most strictly.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Person, consumer, gateway, issuer, redirect, run, scopes, webConsumer } from "./support.js";

// The loopback listener has no TLS.
const plain = { [oauth.allowInsecureRequests]: true };
const person = new Person();
const bot = consumer("oauth4webapi-bot", "--grant", "client_credentials");
const web = webConsumer("oauth4webapi-web");
const watcher = gateway("oauth4webapi-gateway");
const as = await oauth.processDiscoveryResponse(
  new URL(issuer),
  await oauth.discoveryRequest(new URL(issuer), { algorithm: "oauth2", ...plain }),
);

const named = ({ id }) => ({ client_id: id });
const proof = ({ secret }) => (secret ? oauth.ClientSecretBasic(secret) : oauth.None());

async function authorize(client, decides) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.id,
    redirect_uri: redirect,
    response_type: "code",
    scope: scopes.join(" "),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
  });
  return { callback: await person.authorize(url, decides), verifier, state };
}

async function tokens(client, decides, authentication = proof(client)) {
  const { callback, verifier, state } = await authorize(client, decides);
  const checked = oauth.validateAuthResponse(as, named(client), callback, state);
  const answer = await oauth.authorizationCodeGrantRequest(
    as, named(client), authentication, checked, redirect, verifier, plain,
  );
  return oauth.processAuthorizationCodeResponse(as, named(client), answer);
}

async function refresh(client, token) {
  const answer = await oauth.refreshTokenGrantRequest(as, named(client), proof(client), token, plain);
  return oauth.processRefreshTokenResponse(as, named(client), answer);
}

async function introspect(token) {
  const answer = await oauth.introspectionRequest(as, named(watcher), proof(watcher), token, plain);
  return oauth.processIntrospectionResponse(as, named(watcher), answer);
}

async function revoke(client, token) {
  const answer = await oauth.revocationRequest(as, named(client), proof(client), token, plain);
  return oauth.processRevocationResponse(answer);
}

function refused(promise, error) {
  return assert.rejects(promise, (raised) => {
    assert.ok(raised instanceof oauth.ResponseBodyError, raised);
    assert.equal(raised.error, error);
    return true;
  });
}

await run("oauth4webapi", {
  "client credentials by header and by body": async () => {
    for (const way of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
      const answer = await oauth.clientCredentialsGrantRequest(
        as, named(bot), way(bot.secret), { scope: "assets.read" }, plain,
      );
      const token = await oauth.processClientCredentialsResponse(as, named(bot), answer);
      assert.deepEqual([token.scope, token.token_type, token.expires_in], ["assets.read", "bearer", 3600]);
      assert.equal((await introspect(token.access_token)).client_id, bot.id);
    }
  },
  "authorization code by header and by body": async () => {
    for (const way of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
      const token = await tokens(web, {}, way(web.secret));
      assert.equal(token.scope, scopes.join(" "));
      const found = await introspect(token.access_token);
      assert.deepEqual([found.active, found.username, found.iss], [true, process.env.USERNAME, issuer]);
    }
  },
  "unticked scope is not granted": async () => {
    const token = await tokens(webConsumer("oauth4webapi-unticked"), { untick: ["work_orders.write"] });
    assert.equal(token.scope, "assets.read");
  },
  "denied consent is an error": async () => {
    await assert.rejects(tokens(webConsumer("oauth4webapi-denied"), { decision: "deny" }), (raised) => {
      assert.ok(raised instanceof oauth.AuthorizationResponseError, raised);
      assert.equal(raised.error, "access_denied");
      return true;
    });
  },
  "checks issuer and state of a response": async () => {
    const { callback, state } = await authorize(web);
    for (const [name, value] of [["iss", "https://other.example"], ["state", "another"]]) {
      const forged = new URL(callback);
      forged.searchParams.set(name, value);
      assert.throws(
        () => oauth.validateAuthResponse(as, named(web), forged, state),
        oauth.OperationProcessingError,
      );
    }
  },
  "a public client": async () => {
    const client = webConsumer("oauth4webapi-public", "--public");
    const first = await tokens(client);
    const second = await refresh(client, first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    await revoke(client, second.refresh_token);
    await refused(refresh(client, second.refresh_token), "invalid_grant");
  },
  "two workers that refresh at once get the same refresh token": async () => {
    const { refresh_token } = await tokens(web);
    const [first, second] = await Promise.all([refresh(web, refresh_token), refresh(web, refresh_token)]);
    assert.equal(first.refresh_token, second.refresh_token);
    for (const { access_token } of [first, second]) assert.equal((await introspect(access_token)).active, true);
    assert.notEqual((await refresh(web, first.refresh_token)).refresh_token, first.refresh_token);
  },
  "a client that loses an answer refreshes again": async () => {
    const { refresh_token } = await tokens(web);
    const lost = await refresh(web, refresh_token);
    const kept = await refresh(web, refresh_token);
    assert.equal(kept.refresh_token, lost.refresh_token);
    assert.equal((await introspect((await refresh(web, kept.refresh_token)).access_token)).active, true);
  },
  "reuse of a refresh token revokes all tokens": async () => {
    const first = await tokens(web);
    const second = await refresh(web, first.refresh_token);
    const third = await refresh(web, second.refresh_token);
    await refused(refresh(web, first.refresh_token), "invalid_grant");
    await refused(refresh(web, third.refresh_token), "invalid_grant");
    assert.deepEqual(await introspect(third.access_token), { active: false });
  },
  "reuse of a code revokes its tokens": async () => {
    const { callback, verifier, state } = await authorize(web);
    const checked = oauth.validateAuthResponse(as, named(web), callback, state);
    const exchange = async () =>
      oauth.processAuthorizationCodeResponse(
        as,
        named(web),
        await oauth.authorizationCodeGrantRequest(as, named(web), proof(web), checked, redirect, verifier, plain),
      );
    const token = await exchange();
    await refused(exchange(), "invalid_grant");
    assert.deepEqual(await introspect(token.access_token), { active: false });
  },
  revocation: async () => {
    const token = await tokens(web);
    await revoke(web, token.access_token);
    assert.deepEqual(await introspect(token.access_token), { active: false });
    await revoke(web, token.refresh_token);
    await refused(refresh(web, token.refresh_token), "invalid_grant");
  },
  "a wrong secret": async () => {
    for (const way of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
      const answer = await oauth.clientCredentialsGrantRequest(as, named(bot), way("wrong"), {}, plain);
      const read = oauth.processClientCredentialsResponse(as, named(bot), answer);
      await assert.rejects(read, { status: 401 });
    }
  },
});
