// The unmodified library openid-client.

import assert from "node:assert/strict";
import * as client from "openid-client";
import { Person, consumer, gateway, issuer, redirect, run, scopes, webConsumer } from "./support.js";

const person = new Person();
const bot = consumer("openid-client-bot", "--grant", "client_credentials");
const web = webConsumer("openid-client-web");
const watcher = await configuration(gateway("openid-client-gateway"));

async function configuration({ id, secret }, authentication) {
  return client.discovery(new URL(issuer), id, secret, authentication, {
    algorithm: "oauth2",
    execute: [client.allowInsecureRequests],
  });
}

async function authorize(config, decides) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: scopes.join(" "),
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
  });
  return { callback: await person.authorize(url, decides), pkceCodeVerifier, expectedState };
}

async function tokens(config, decides) {
  const { callback, ...checks } = await authorize(config, decides);
  return client.authorizationCodeGrant(config, callback, checks);
}

function refused(promise, error) {
  return assert.rejects(promise, (raised) => {
    assert.ok(raised instanceof client.ResponseBodyError, raised);
    assert.equal(raised.error, error);
    return true;
  });
}

await run("openid-client", {
  "accepts the metadata": () => {
    const metadata = watcher.serverMetadata();
    assert.equal(metadata.issuer, issuer);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
    assert.ok(metadata.supportsPKCE());
  },
  "client credentials by header and by body": async () => {
    for (const method of [client.ClientSecretBasic, client.ClientSecretPost]) {
      const config = await configuration(bot, method(bot.secret));
      const token = await client.clientCredentialsGrant(config, { scope: "assets.read" });
      assert.deepEqual([token.scope, token.token_type, token.expires_in], ["assets.read", "bearer", 3600]);
      const found = await client.tokenIntrospection(watcher, token.access_token);
      assert.deepEqual([found.active, found.client_id], [true, bot.id]);
    }
  },
  "authorization code by header and by body": async () => {
    for (const method of [client.ClientSecretBasic, client.ClientSecretPost]) {
      const token = await tokens(await configuration(web, method(web.secret)));
      assert.equal(token.scope, scopes.join(" "));
      const found = await client.tokenIntrospection(watcher, token.access_token);
      assert.deepEqual([found.active, found.username, found.iss], [true, process.env.USERNAME, issuer]);
    }
  },
  "unticked scope is not granted": async () => {
    const config = await configuration(webConsumer("openid-client-unticked"));
    assert.equal((await tokens(config, { untick: ["work_orders.write"] })).scope, "assets.read");
  },
  "denied consent is an error": async () => {
    const config = await configuration(webConsumer("openid-client-denied"));
    await assert.rejects(tokens(config, { decision: "deny" }), (raised) => {
      assert.ok(raised instanceof client.AuthorizationResponseError, raised);
      assert.equal(raised.error, "access_denied");
      return true;
    });
  },
  "checks issuer and state of a response": async () => {
    const config = await configuration(web);
    for (const [name, value] of [["iss", "https://other.example"], ["state", "another"]]) {
      const { callback, ...checks } = await authorize(config);
      callback.searchParams.set(name, value);
      await assert.rejects(client.authorizationCodeGrant(config, callback, checks), client.ClientError);
      callback.searchParams.delete(name);
      await assert.rejects(client.authorizationCodeGrant(config, callback, checks), client.ClientError);
    }
  },
  "a public client": async () => {
    const config = await configuration(webConsumer("openid-client-public", "--public"), client.None());
    const first = await tokens(config);
    const second = await client.refreshTokenGrant(config, first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    await client.tokenRevocation(config, second.refresh_token);
    await refused(client.refreshTokenGrant(config, second.refresh_token), "invalid_grant");
  },
  "reuse of a refresh token revokes all tokens": async () => {
    const config = await configuration(web);
    const first = await tokens(config);
    const second = await client.refreshTokenGrant(config, first.refresh_token, { scope: "assets.read" });
    assert.equal(second.scope, "assets.read");
    const third = await client.refreshTokenGrant(config, second.refresh_token);
    await refused(client.refreshTokenGrant(config, first.refresh_token), "invalid_grant");
    await refused(client.refreshTokenGrant(config, third.refresh_token), "invalid_grant");
    assert.deepEqual(await client.tokenIntrospection(watcher, third.access_token), { active: false });
  },
  revocation: async () => {
    const config = await configuration(web);
    const token = await tokens(config);
    await client.tokenRevocation(config, token.access_token, { token_type_hint: "access_token" });
    assert.deepEqual(await client.tokenIntrospection(watcher, token.access_token), { active: false });
    await client.tokenRevocation(config, token.refresh_token);
    await refused(client.refreshTokenGrant(config, token.refresh_token), "invalid_grant");
  },
  "a wrong secret": async () => {
    const config = await configuration({ id: bot.id, secret: "wrong" }, client.ClientSecretBasic("wrong"));
    await assert.rejects(client.clientCredentialsGrant(config), (raised) => {
      assert.ok(raised instanceof client.WWWAuthenticateChallengeError, raised);
      assert.equal(raised.status, 401);
      assert.equal(raised.cause[0].scheme, "basic");
      return true;
    });
    const post = await configuration({ id: bot.id, secret: "wrong" }, client.ClientSecretPost("wrong"));
    await assert.rejects(client.clientCredentialsGrant(post), { status: 401 });
  },
});
