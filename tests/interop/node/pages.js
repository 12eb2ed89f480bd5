// Each page in a real browser, in phone and desktop size, light and dark: no horizontal overflow, and no axe violations.
// Screenshots are written to the folder in the environment variable PICTURES.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Application, browser, button, complaints, fillIn, heading, visitor } from "./chromium.js";
import { apiconn, consumer, issuer, run } from "./support.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const forUsers = ["--grant", "authorization_code"];
const field = await Application.open();
await field.as(
  consumer(
    "field-app", ...forUsers, "--redirect-uri", field.redirect, "--title", "Field App",
    "--description", "Work orders for technicians in the field", "--owner", "Acme Mobile Team",
  ),
);
const long = await Application.open();
await long.as(
  consumer(
    "long", ...forUsers, "--redirect-uri", long.redirect,
    "--title", "Predictive Maintenance and Spare Parts Forecasting for Compressors",
  ),
);
const applications = `${issuer}/account/applications`;

/** Returns overflow and axe violations of the current page. */
async function faults(page) {
  const found = [];
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (content > window) found.push(`is ${content} wide in a window of ${window}`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate("axe.run()");
  for (const { id, impact, nodes } of violations) {
    found.push(`${id} (${impact}): ${nodes.map(({ html }) => html).join(" ")}`);
  }
  return found;
}

/** Checks the current page in each size and color scheme. */
async function inspect(page, name) {
  const found = [];
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 800 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const shape = `${name}-${width}-${colorScheme}`;
      await page.screenshot({ path: join(process.env.PICTURES, `${shape}.png`), fullPage: true });
      for (const fault of await faults(page)) found.push(`${shape} ${fault}`);
    }
  }
  assert.deepEqual(found, []);
}

async function inspectAll(language) {
  const named = (name) => (language === "en" ? name : `${name}-${language}`);
  const page = await visitor({ locale: language });
  const send = () => page.locator("form button.main, form button:only-of-type").first().click();
  const signIn = async (password) => {
    await page.locator("#username").fill(process.env.USERNAME);
    await page.locator("#password").fill(password);
    await send();
  };
  await page.goto(`${issuer}/developers`);
  await inspect(page, named("developers"));
  await page.goto(applications);
  await inspect(page, named("sign-in"));
  await page.goto(await field.begin());
  await inspect(page, named("sign-in-for-application"));
  await signIn("wrong");
  await page.getByRole("alert").waitFor();
  await inspect(page, named("sign-in-wrong"));
  await signIn(process.env.PASSWORD);
  await page.locator("fieldset").waitFor();
  await inspect(page, named("consent"));
  await page.locator("fieldset input").last().uncheck();
  await page.locator("button[value=allow]").click();
  await field.tokens(page);
  await page.goto(await field.begin());
  await page.locator("fieldset").waitFor();
  await inspect(page, named("consent-to-more"));
  await page.goto(await long.begin());
  await inspect(page, named("consent-long"));
  await page.locator("button[value=allow]").click();
  await long.tokens(page);
  await page.goto(applications);
  await inspect(page, named("applications"));
  await page.locator(".application button").first().click();
  await inspect(page, named("revoke"));
  await page.locator("button.end").click();
  await page.getByRole("status").waitFor();
  await inspect(page, named("revoked"));
  await page.locator(".application button").first().click();
  await page.locator("button.end").click();
  await page.locator(".empty").waitFor();
  await inspect(page, named("applications-none"));
  await page.goto(`${issuer}/logout`);
  await inspect(page, named("sign-out"));
  await page.locator("button.end").click();
  await page.waitForURL(/signed.out|logout/);
  await inspect(page, named("signed-out"));
  await page.goto(await field.begin({ client_id: "apcc_test_000000000000" }));
  await inspect(page, named("error-application"));
  await page.goto(await field.begin({ redirect_uri: "https://field.example/" }));
  await inspect(page, named("error-address"));
  await page.goto(`${issuer}/account/nothing-here`);
  await inspect(page, named("error-not-found"));
  assert.deepEqual(complaints.splice(0), []);
}

await run("a browser", {
  "shows each page without faults in every size and color scheme": () => inspectAll("en"),
  "shows each page without faults in Spanish": () => inspectAll("es"),
  "shows the throttled sign-in page without faults": async () => {
    const page = await visitor();
    await page.goto(applications);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await fillIn(page, "wrong", "unknown-user");
      await page.getByRole("alert").waitFor();
    }
    await page.getByText("Try again in").waitFor();
    await inspect(page, "sign-in-throttled");
  },
  "shows pages without faults in the accent color of the base": async () => {
    apiconn("settings", "set", "accent_color", "ffd400");
    const page = await visitor();
    await page.goto(await field.begin());
    await inspect(page, "accent-sign-in");
    await fillIn(page);
    await heading(page, "Field App asks");
    await inspect(page, "accent-consent");
    await button(page, "Deny").click();
  },
});

for (const application of [field, long]) application.close();
await browser.close();
