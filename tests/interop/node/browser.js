// Sign-in, consent and revocation in a real browser, and the content security policy of the pages.

import assert from "node:assert/strict";
import { Application, browser, button, complaints, fillIn, heading, visitor } from "./chromium.js";
import { apiconn, consumer, issuer, run } from "./support.js";

const forUsers = ["--grant", "authorization_code"];
const field = await Application.open();
await field.as(consumer("field-app", ...forUsers, "--redirect-uri", field.redirect, "--title", "Field App"));
const phone = "com.example.field:/cb";
const native = await Application.open();
await native.as(
  consumer("native-app", ...forUsers, "--redirect-uri", "http://127.0.0.1/cb", "--redirect-uri", phone, "--public"),
);
const consent = "Field App asks for access to your Acme Maintenance account";
const applications = `${issuer}/account/applications`;

function invalidGrant(promise) {
  return assert.rejects(promise, { error: "invalid_grant" });
}

/** Removes all grants before each check, and asserts afterwards that the browser reported no errors. */
function apart(checks) {
  const wrapped = Object.entries(checks).map(([name, check]) => [
    name,
    async () => {
      for (const { grant_id } of apiconn("grant", "list").items) apiconn("grant", "revoke", grant_id, "--yes");
      complaints.splice(0);
      await check();
      assert.deepEqual(complaints, []);
    },
  ]);
  return Object.fromEntries(wrapped);
}

async function wholeFlow(page) {
  await page.goto(await field.begin());
  await heading(page, "Sign in");
  await fillIn(page, "wrong");
  assert.match(await page.getByRole("alert").textContent(), /do not match/);
  assert.equal(await page.getByLabel("Username").inputValue(), process.env.USERNAME);
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await fillIn(page);
  await heading(page, consent);
  for (const shown of [field.config.clientMetadata().client_id, new URL(field.redirect).host, "Field technician 1"]) {
    await page.getByText(shown, { exact: true }).first().waitFor();
  }
  await page.getByLabel("Create and change work orders").uncheck();
  await button(page, "Allow").click();
  const tokens = await field.tokens(page);
  assert.equal(tokens.scope, "assets.read");
  const next = await field.refresh(tokens);

  await page.goto(applications);
  await heading(page, "Your applications");
  await page.getByRole("heading", { level: 2, name: "Field App" }).waitFor();
  assert.equal(await page.getByText("Read the base's assets").count(), 1);
  assert.equal(await page.getByText("Create and change work orders").count(), 0);
  await page.getByRole("button", { name: "Revoke Field App" }).click();
  await heading(page, "Revoke the access of Field App?");
  await button(page, "Revoke").click();
  assert.match(await page.getByRole("status").textContent(), /Field App no longer has access/);
  await invalidGrant(field.refresh(next));
  await button(page, "Sign out").click();
  const isAsked = await page.getByRole("heading", { level: 1, name: "Sign out?" }).count();
  if (isAsked) await button(page, "Sign out").click();
  await heading(page, "You are signed out");
  await page.goto(applications);
  await heading(page, "Sign in");
}

const checks = apart({
  "signs in after a wrong password, unticks a scope, sees the application and revokes it": async () => {
    await wholeFlow(await visitor());
  },
  "does the same without JavaScript": async () => {
    await wholeFlow(await visitor({ javaScriptEnabled: false }));
  },
  "uses another account and denies": async () => {
    const page = await visitor();
    await page.goto(await field.begin());
    await fillIn(page);
    await page.getByRole("link", { name: "Use another account" }).click();
    await heading(page, "Sign in");
    await fillIn(page);
    await heading(page, consent);
    await button(page, "Deny").click();
    const answer = (await field.comesBack(page)).searchParams;
    assert.deepEqual([answer.get("error"), answer.get("state"), answer.get("iss")], ["access_denied", field.state, issuer]);
    assert.deepEqual(apiconn("grant", "list").items, []);
  },
  "sees no second consent page for the same scopes": async () => {
    const page = await visitor();
    await page.goto(await field.begin());
    await fillIn(page);
    await button(page, "Allow").click();
    await field.tokens(page);
    await page.goto(await field.begin());
    await field.tokens(page);
    // Here the sign-in form redirects to the application, which the policy of the sign-in page must permit.
    const other = await visitor();
    await other.goto(await field.begin());
    await fillIn(other);
    await field.tokens(other);
  },
  "returns to a public client on any loopback port": async () => {
    const page = await visitor();
    const other = await Application.open();
    other.config = native.config;
    for (const application of [native, other]) {
      await page.goto(await application.begin());
      if (await page.getByLabel("Password").count()) await fillIn(page);
      await button(page, "Allow").click();
      const tokens = await application.tokens(page);
      await application.refresh(tokens);
    }
    other.close();
  },
  "is redirected to the custom scheme of an app": async () => {
    const page = await visitor();
    await page.goto(await native.begin({ redirect_uri: phone }));
    await fillIn(page);
    // No program handles the scheme, but the browser requests the address.
    const request = page.waitForRequest((request) => request.url().startsWith(`${phone}?code=`));
    await button(page, "Allow").click({ noWaitAfter: true });
    await request;
  },
  "reports a violation of the policy": async () => {
    const page = await visitor();
    await page.goto(applications);
    await fillIn(page);
    await heading(page, "Your applications");
    await page.route(`${issuer}/oauth/authorize?*`, async (route) => {
      const response = await route.fetch();
      const policy = `${response.headers()["content-security-policy"]}; form-action 'self'`;
      await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
    });
    for (const url of [await field.begin(), await native.begin({ redirect_uri: phone })]) {
      await page.goto(url);
      const message = page.waitForEvent("console");
      await button(page, "Allow").click({ noWaitAfter: true });
      assert.match((await message).text(), /violates .*"form-action 'self'"/);
      complaints.splice(0);
    }
  },
  "is usable with the keyboard only": async () => {
    const page = await visitor();
    const press = (key) => page.keyboard.press(key);
    const focused = () =>
      page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        const { name, value, textContent } = document.activeElement;
        const outline = outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
        return { name: name || textContent, value: name === "password" ? "" : value, isSeen: outline >= 2 };
      });
    await page.goto(await field.begin());
    assert.equal((await focused()).name, "username");
    await page.keyboard.type(process.env.USERNAME);
    await press("Tab");
    assert.deepEqual(await focused(), { name: "password", value: "", isSeen: true });
    await page.keyboard.type(process.env.PASSWORD);
    await press("Enter");
    await heading(page, consent);
    const passed = [];
    for (let at = 0; at < 5; at += 1) {
      await press("Tab");
      const { name, value, isSeen } = await focused();
      assert.ok(isSeen, name);
      passed.push(value || name);
      if (value === "work_orders.write") await press("Space");
    }
    assert.deepEqual(passed, ["Use another account", "assets.read", "work_orders.write", "deny", "allow"]);
    await press("Enter");
    assert.equal((await field.tokens(page)).scope, "assets.read");
    await page.goto(applications);
    for (const key of ["Tab", "Tab", "Enter"]) await press(key);
    await heading(page, "Revoke the access of Field App?");
    for (const key of ["Tab", "Tab", "Enter"]) await press(key);
    await page.getByRole("status").waitFor();
    assert.deepEqual(apiconn("grant", "list").items, []);
  },
  "is signed out once the user is disabled": async () => {
    const page = await visitor();
    await page.goto(applications);
    await fillIn(page);
    await heading(page, "Your applications");
    apiconn("user", "disable", process.env.USERNAME, "--yes");
    await page.reload();
    await heading(page, "Sign in");
    await fillIn(page);
    assert.match(await page.getByRole("alert").textContent(), /do not match/);
  },
});

await run("a browser", checks);
field.close();
native.close();
await browser.close();
