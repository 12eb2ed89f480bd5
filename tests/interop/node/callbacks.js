// Applications whose callback redirects the browser on: to other ports, hosts and schemes. Chromium applies the directive
// form-action also to the redirects that follow a form, so a page with that directive would hold the browser back.

import assert from "node:assert/strict";
import { Application, browser, button, complaints, fillIn, heading, visitor } from "./chromium.js";
import { apiconn, consumer, run } from "./support.js";

const phone = "com.example.field:/done";
// The second server is another origin: another port, and another name of the same machine.
const second = await Application.open();
const port = new URL(second.redirect).port;
const elsewhere = { "another port": [`http://127.0.0.1:${port}/done`], "another host": [`http://localhost:${port}/done`] };

/** Returns an application whose callback redirects to these URLs in turn. */
async function leading(name, onward) {
  const application = await Application.open(onward);
  const redirect = ["--redirect-uri", application.redirect];
  return application.as(consumer(name, "--grant", "authorization_code", ...redirect, "--title", "Field App"));
}

const near = await leading("near", elsewhere["another port"]);
const far = await leading("far", elsewhere["another host"]);
// The chain returns to the application's own port before it leaves for good.
const hops = [];
const chain = await Application.open(hops);
const own = new URL(chain.redirect).port;
hops.push(`http://localhost:${own}/first`, `http://127.0.0.1:${own}/second`, `http://localhost:${port}/done`);
await chain.as(consumer("chain", "--grant", "authorization_code", "--redirect-uri", chain.redirect));
const app = await leading("app", [phone]);

/** Waits until the browser shows the last page, which is not at the callback. */
async function arrives(page, url) {
  await page.waitForURL(url);
  await page.getByText("You are back.").waitFor();
  assert.deepEqual(complaints, []);
}

/** Exchanges the code that the callback got. */
async function exchanges(application) {
  const found = await application.exchange(application.callback);
  assert.equal(found.scope, "assets.read work_orders.write");
}

await run("a browser and a callback that redirects on", {
  "Allow leads to another port, another host, and through several redirects": async () => {
    for (const [application, end] of [
      [near, elsewhere["another port"][0]], [far, elsewhere["another host"][0]], [chain, hops.at(-1)],
    ]) {
      const page = await visitor();
      await page.goto(await application.begin());
      await fillIn(page);
      await button(page, "Allow").click();
      await arrives(page, end);
      await exchanges(application);
    }
  },
  "consent given before: the sign-in form leads there too": async () => {
    const page = await visitor();
    await page.goto(await far.begin());
    await fillIn(page);
    await arrives(page, elsewhere["another host"][0]);
    await exchanges(far);
  },
  "prompt=login: the sign-in form of a signed-in user leads there too": async () => {
    const page = await visitor();
    await page.goto(await far.begin());
    await fillIn(page);
    await arrives(page, elsewhere["another host"][0]);
    await page.goto(await far.begin({ prompt: "login" }));
    await heading(page, "Sign in");
    await fillIn(page);
    await arrives(page, elsewhere["another host"][0]);
    await exchanges(far);
  },
  "Deny leads there too": async () => {
    const page = await visitor();
    const denied = await leading("denied", elsewhere["another host"]);
    await page.goto(await denied.begin());
    await fillIn(page);
    await button(page, "Deny").click();
    await arrives(page, elsewhere["another host"][0]);
    assert.equal(denied.callback.searchParams.get("error"), "access_denied");
    denied.close();
  },
  "Allow leads to the scheme of an app": async () => {
    const page = await visitor();
    await page.goto(await app.begin());
    await fillIn(page);
    const request = page.waitForRequest((request) => request.url() === phone);
    await button(page, "Allow").click({ noWaitAfter: true });
    await request;
    await exchanges(app);
  },
  "a second window reports to the window that opened it": async () => {
    const page = await visitor();
    await page.goto(second.redirect);
    const opened = page.waitForEvent("popup");
    await page.evaluate((url) => void open(url), await far.begin());
    const popup = await opened;
    await fillIn(popup);
    await arrives(popup, elsewhere["another host"][0]);
    // A message reaches the first window although the second one showed pages of the service in between.
    const message = page.evaluate(() => new Promise((done) => addEventListener("message", ({ data }) => done(data))));
    await popup.evaluate(() => opener.postMessage("signed in", "*"));
    assert.equal(await message, "signed in");
  },
  "Back from the application does not present the code again": async () => {
    for (const { grant_id } of apiconn("grant", "list").items) apiconn("grant", "revoke", grant_id, "--yes");
    const page = await visitor();
    await page.goto(await far.begin());
    await fillIn(page);
    await button(page, "Allow").click();
    await arrives(page, elsewhere["another host"][0]);
    const code = far.callback.searchParams.get("code");
    const tokens = await far.exchange(far.callback);
    // Back leads to the authorization request, which is answered again, with a new code.
    await page.goBack();
    await page.waitForURL(elsewhere["another host"][0]);
    assert.notEqual(far.callback.searchParams.get("code"), code);
    await far.refresh(tokens);
  },
});
for (const application of [near, far, chain, app, second]) application.close();
await browser.close();
