// Each page in a real browser, on a phone and at a desk, light and dark: nothing sticks out, and axe finds nothing against
// it. The pictures are for somebody to look at; they are put into the folder that PICTURES names.

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

/** What is wrong with the page as it is shown now. */
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

/** Looks at the page in each of its shapes. */
async function look(page, name) {
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

async function looked(language) {
  const named = (name) => (language === "en" ? name : `${name}-${language}`);
  const page = await visitor({ locale: language });
  const send = () => page.locator("form button.main, form button:only-of-type").first().click();
  const signIn = async (password) => {
    await page.locator("#username").fill(process.env.USERNAME);
    await page.locator("#password").fill(password);
    await send();
  };
  await page.goto(applications);
  await look(page, named("sign-in"));
  await page.goto(await field.begin());
  await look(page, named("sign-in-for-application"));
  await signIn("wrong");
  await page.getByRole("alert").waitFor();
  await look(page, named("sign-in-wrong"));
  await signIn(process.env.PASSWORD);
  await page.locator("fieldset").waitFor();
  await look(page, named("consent"));
  await page.locator("fieldset input").last().uncheck();
  await page.locator("button[value=allow]").click();
  await field.tokens(page);
  await page.goto(await field.begin());
  await page.locator("fieldset").waitFor();
  await look(page, named("consent-to-more"));
  await page.goto(await long.begin());
  await look(page, named("consent-long"));
  await page.locator("button[value=allow]").click();
  await long.tokens(page);
  await page.goto(applications);
  await look(page, named("applications"));
  await page.locator(".application button").first().click();
  await look(page, named("revoke"));
  await page.locator("button.end").click();
  await page.getByRole("status").waitFor();
  await look(page, named("revoked"));
  await page.locator(".application button").first().click();
  await page.locator("button.end").click();
  await page.locator(".empty").waitFor();
  await look(page, named("applications-none"));
  await page.goto(`${issuer}/logout`);
  await look(page, named("sign-out"));
  await page.locator("button.end").click();
  await page.waitForURL(/signed.out|logout/);
  await look(page, named("signed-out"));
  await page.goto(await field.begin({ client_id: "apcc_test_000000000000" }));
  await look(page, named("error-application"));
  await page.goto(await field.begin({ redirect_uri: "https://field.example/" }));
  await look(page, named("error-address"));
  await page.goto(`${issuer}/account/nothing-here`);
  await look(page, named("error-not-found"));
  assert.deepEqual(complaints.splice(0), []);
}

await run("a browser", {
  "finds each page fit for phone and desk, light and dark": () => looked("en"),
  "finds the same of each page in Spanish": () => looked("es"),
  "finds the page fit that a throttle shows": async () => {
    const page = await visitor();
    await page.goto(applications);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await fillIn(page, "wrong", "stranger");
      await page.getByRole("alert").waitFor();
    }
    await page.getByText("Try again in").waitFor();
    await look(page, "sign-in-throttled");
  },
  "finds pages fit in the colour of the base": async () => {
    apiconn("settings", "set", "accent_color", "ffd400");
    const page = await visitor();
    await page.goto(await field.begin());
    await look(page, "accent-sign-in");
    await fillIn(page);
    await heading(page, "Field App asks");
    await look(page, "accent-consent");
    await button(page, "Deny").click();
  },
});

for (const application of [field, long]) application.close();
await browser.close();
