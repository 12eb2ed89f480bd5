// A resource server's side with the unmodified library token-introspection (RFC 7662). It has no cache of tokens.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { apiconn, consumer, gateway, issuer, machineToken, run } from "./support.js";

// The library is CommonJS.
const require = createRequire(import.meta.url);
const introspection = require("token-introspection");
const { TokenNotActiveError, IntrospectionError } = introspection.errors ?? require("token-introspection/src/errors");

function as({ id, secret }) {
  return introspection({ endpoint: `${issuer}/oauth/introspect`, client_id: id, client_secret: secret });
}

const bot = consumer("introspection-bot", "--grant", "client_credentials");
const ask = as(gateway("introspection-gateway"));

await run("token-introspection", {
  "an active token has its client and scope": async () => {
    const found = await ask(await machineToken(bot, "assets.read"), "access_token");
    assert.deepEqual([found.active, found.client_id, found.scope, found.iss], [true, bot.id, "assets.read", issuer]);
  },
  "a revoked token is not active at the next request": async () => {
    const other = consumer("introspection-revoked", "--grant", "client_credentials");
    const token = await machineToken(other, "assets.read");
    assert.equal((await ask(token)).active, true);
    apiconn("consumer", "revoke", "introspection-revoked", "--yes");
    await assert.rejects(ask(token), TokenNotActiveError);
  },
  "an unknown token is not active": () => assert.rejects(ask("unknown"), TokenNotActiveError),
  "a wrong secret is an error, not an inactive token": async () => {
    const { id } = gateway("introspection-wrong");
    await assert.rejects(as({ id, secret: "wrong" })("unknown"), (error) => {
      assert.ok(error instanceof IntrospectionError && !(error instanceof TokenNotActiveError));
      assert.match(error.message, /Server error 401/);
      return true;
    });
  },
});
