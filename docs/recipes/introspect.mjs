// A small API that accepts an API key or an access token of apiconn. Node 20 or newer, no packages.
//
//     node introspect.mjs PORT INTROSPECTION_URL CREDENTIALS
//
// INTROSPECTION_URL is https://auth.example/oauth/introspect. CREDENTIALS is the file that this command wrote:
//
//     apiconn key create assets-api --scope apiconn:introspect -o env >assets-api.env

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

// An answer is used again for at most this long, so a revocation takes effect here at most this much later.
// 0 asks for every request, and then a revocation takes effect with the next one.
const CACHE_SECONDS = 2;
const CACHE_SIZE = 10_000;

const [port, url, credentials] = process.argv.slice(2);
const lines = readFileSync(credentials, "ascii").trim().split("\n");
const pairs = Object.fromEntries(lines.map((line) => line.split("=", 2)));
const basic = Buffer.from(`${pairs.APICONN_CLIENT_ID}:${pairs.APICONN_CLIENT_SECRET}`).toString("base64");
const cache = new Map();

/** Resolves to the introspection answer for an active credential, or to null. */
async function active(credential) {
  // Access tokens and secrets of API keys. Never a refresh token or the secret of a consumer.
  if (!/^apc[as]_/.test(credential)) return null;
  // The cache holds digests, so that a dump of this process's memory gives away less.
  const digest = createHash("sha256").update(credential).digest("base64");
  const cached = cache.get(digest);
  if (cached && Date.now() < cached.freshUntil) return cached.answer;
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token: credential }),
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) throw new Error(`introspection answered ${response.status}`);
  const answer = await response.json();
  cache.delete(digest);
  if (!answer.active) return null;
  if (cache.size >= CACHE_SIZE) cache.clear();
  // Never longer than the credential itself is valid.
  const end = answer.exp === undefined ? Infinity : answer.exp * 1000;
  cache.set(digest, { answer, freshUntil: Math.min(Date.now() + CACHE_SECONDS * 1000, end) });
  return answer;
}

async function api(request) {
  const [scheme, credential = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer") {
    return [401, { error: "send Authorization: Bearer with an API key's secret or a token" }];
  }
  let caller;
  try {
    caller = await active(credential);
  } catch {
    // The service cannot be asked: refuse, and let the client try again.
    return [503, { error: "try again" }];
  }
  if (!caller) return [401, { error: "invalid_token" }];
  if (!caller.scope.split(" ").includes("assets.read")) return [403, { error: "insufficient_scope" }];
  return [200, { assets: ["pump 7"], read_by: caller.sub }];
}

createServer(async (request, response) => {
  const [status, body] = await api(request);
  response.writeHead(status, {
    "content-type": "application/json",
    ...(status === 401 && { "www-authenticate": "Bearer" }),
  });
  response.end(JSON.stringify(body));
}).listen(Number(port), "127.0.0.1");
