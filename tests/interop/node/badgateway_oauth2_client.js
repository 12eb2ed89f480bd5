// The unmodified library @badgateway/oauth2-client.

import assert from "node:assert/strict";
import { OAuth2Client, OAuth2Error, generateCodeVerifier } from "@badgateway/oauth2-client";
import { Person, consumer, gateway, issuer, redirect, run, scopes, webConsumer } from "./support.js";

const person = new Person();
const bot = consumer("badgateway-bot", "--grant", "client_credentials");
const web = webConsumer("badgateway-web");
const discoveryEndpoint = "/.well-known/oauth-authorization-server";

function client({ id, secret }, authenticationMethod) {
  return new OAuth2Client({
    server: issuer,
    discoveryEndpoint,
    clientId: id,
    clientSecret: secret,
    authenticationMethod,
  });
}

const watcher = client(gateway("badgateway-gateway"));

async function tokens(session, decides) {
  const codeVerifier = await generateCodeVerifier();
  const state = crypto.randomUUID();
  const url = await session.authorizationCode.getAuthorizeUri({ redirectUri: redirect, state, codeVerifier, scope: scopes });
  const callback = await person.authorize(url, decides);
  return session.authorizationCode.getTokenFromCodeRedirect(callback, { redirectUri: redirect, state, codeVerifier });
}

await run("@badgateway/oauth2-client", {
  "client credentials by header and by body": async () => {
    for (const method of ["client_secret_basic", "client_secret_post", "client_secret_basic_interop"]) {
      const token = await client(bot, method).clientCredentials({ scope: ["assets.read"] });
      const found = await watcher.introspect(token);
      assert.deepEqual([found.active, found.client_id, found.scope], [true, bot.id, "assets.read"]);
    }
  },
  "several resource parameters (RFC 8707)": async () => {
    const resource = ["https://a.example", "https://b.example"];
    assert.ok((await client(bot).clientCredentials({ resource })).accessToken);
  },
  "authorization code, refresh and revocation": async () => {
    const session = client(web);
    const first = await tokens(session);
    const second = await session.refreshToken(first);
    assert.notEqual(second.refreshToken, first.refreshToken);
    assert.equal((await watcher.introspect(second)).username, process.env.USERNAME);
    await session.revoke(second, "refresh_token");
    await assert.rejects(session.refreshToken(second), ({ oauth2Code }) => oauth2Code === "invalid_grant");
  },
  "a public client": async () => {
    const session = client(webConsumer("badgateway-public", "--public"));
    const first = await tokens(session);
    assert.ok((await session.refreshToken(first)).accessToken);
  },
  "a denied consent is an error": async () => {
    const denied = tokens(client(webConsumer("badgateway-denied")), { decision: "deny" });
    await assert.rejects(denied, (error) => error instanceof OAuth2Error && error.oauth2Code === "access_denied");
  },
});
