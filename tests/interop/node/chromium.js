// Shared by the scripts with a real browser: the browser, and an application with a redirect URI.

import { once } from "node:events";
import { createServer } from "node:http";
import * as client from "openid-client";
import { chromium } from "playwright-core";
import { issuer, scopes } from "./support.js";

/** The browser. As root it runs without a sandbox; it opens only pages of the service and of this script. */
export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" });

/** Errors, warnings and policy violations that browsers reported. */
export const complaints = [];

/** Opens a page in a new browser context without cookies. */
export async function visitor(options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  context.on("console", (message) => {
    // Chromium also reports the 4xx status of error pages, which is intended.
    const isStatus = message.text().startsWith("Failed to load resource: the server responded with a status of 4");
    if (["error", "warning"].includes(message.type()) && !isStatus) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  return context.newPage();
}

/** An application on a free loopback port. */
export class Application {
  /** Starts to listen. A callback to `/cb` is redirected through all URLs of `onward`, if there are any. */
  static async open(onward = []) {
    const server = createServer((request, response) => {
      if (onward.length > 0 && request.url.startsWith("/cb?")) {
        application.callback = new URL(request.url, application.redirect);
        response.writeHead(302, { location: onward[0] }).end();
        return;
      }
      const step = onward.findIndex((url) => url.endsWith(request.url)) + 1;
      if (step > 0 && step < onward.length) {
        response.writeHead(302, { location: onward[step] }).end();
        return;
      }
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><html lang=en><title>Application</title><p>You are back.");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const application = new Application();
    application.server = server;
    application.redirect = `http://127.0.0.1:${server.address().port}/cb`;
    return application;
  }

  /** Sets the client of later requests. */
  async as({ id, secret }) {
    this.config = await client.discovery(new URL(issuer), id, secret, secret ? undefined : client.None(), {
      algorithm: "oauth2",
      execute: [client.allowInsecureRequests],
    });
    return this;
  }

  /** Returns the URL of a new authorization request. */
  async begin(more = {}) {
    this.verifier = client.randomPKCECodeVerifier();
    this.state = client.randomState();
    return String(
      client.buildAuthorizationUrl(this.config, {
        redirect_uri: this.redirect,
        scope: scopes.join(" "),
        code_challenge: await client.calculatePKCECodeChallenge(this.verifier),
        code_challenge_method: "S256",
        state: this.state,
        ...more,
      }),
    );
  }

  /** Waits for the redirect to the application and returns its URL. */
  async comesBack(page) {
    await page.waitForURL(`${this.redirect}?*`);
    await page.getByText("You are back.").waitFor();
    return new URL(page.url());
  }

  /** Waits for the redirect and exchanges the code for tokens. */
  async tokens(page) {
    return this.exchange(await this.comesBack(page));
  }

  /** Exchanges the code of a callback for tokens. */
  exchange(callback) {
    const checks = { pkceCodeVerifier: this.verifier, expectedState: this.state };
    return client.authorizationCodeGrant(this.config, callback, checks);
  }

  refresh(tokens) {
    return client.refreshTokenGrant(this.config, tokens.refresh_token);
  }

  close() {
    this.server.close();
  }
}

export function button(page, name) {
  return page.getByRole("button", { name, exact: true });
}

export async function fillIn(page, password = process.env.PASSWORD, username = process.env.USERNAME) {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await button(page, "Sign in").click();
}

export async function heading(page, text) {
  await page.getByRole("heading", { level: 1, name: text }).waitFor();
}
