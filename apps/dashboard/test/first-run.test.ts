import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { findFaults } from "./support/find-faults.ts";
import { isMissing, openPage, startChromium } from "./support/open-dashboard.ts";

const password = "a password of some length";

describe.skipIf(isMissing)("the first run", { timeout: 60_000 }, () => {
  let gateway: TestGateway;
  let api: TestApi;
  let browser: Browser;
  beforeAll(async () => {
    gateway = await startGateway({ workers: 1 });
    [api, browser] = await Promise.all([startApi(gateway), startChromium()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await api?.stop();
    await gateway?.stop();
  });

  test("asks for the token of the first start, makes the admin, and shows the overview", async () => {
    const { page, troubles, hosts, picture } = await openPage(browser);
    await page.goto(`${api.endpoint}/services`);
    await page.getByRole("heading", { name: "Set up Stave" }).waitFor();
    expect(await findFaults(page)).toEqual([]);
    await picture("setup");

    await page.getByLabel("Administrator token").fill("stave_wrong");
    await page.getByLabel("Your name").fill("Ann");
    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Create the admin" }).click();
    await page.getByText("It has 5 characters.").waitFor();
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create the admin" }).click();
    await page.getByRole("alert").getByText(/token/i).first().waitFor();
    await page.getByLabel("Administrator token").fill(api.token);
    await page.getByRole("button", { name: "Create the admin" }).click();
    await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    await page.getByText("Nothing is being done").waitFor();
    await page.getByText("running").waitFor();

    expect(await findFaults(page)).toEqual([]);
    await picture("overview");
    expect([...hosts]).toEqual([new URL(api.endpoint).host]);
    // The two refusals are what was asked for.
    expect(troubles.filter((text) => !/status of 40[01]/.test(text))).toEqual([]);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await page.evaluate("JSON.stringify({ ...localStorage })")).toBe("{}");
  });

  test("afterwards one signs in, and is where one wanted to be", async () => {
    await api.call("/api/external-services", {
      method: "POST",
      json: { name: "Photos", service_type: "s3", parameters: {} },
    });
    const { page, troubles, picture } = await openPage(browser, { isDark: true });
    await page.goto(`${api.endpoint}/services`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await findFaults(page)).toEqual([]);
    await picture("sign-in-dark");

    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Password").fill("another password than hers");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Services" }).waitFor();
    await page.getByRole("link", { name: "Photos" }).waitFor();
    expect(await page.getByText("running").count()).toBe(2);

    expect(await findFaults(page)).toEqual([]);
    await picture("services-dark");
    await page.getByRole("link", { name: "Photos" }).click();
    await page.getByRole("heading", { name: "Photos" }).waitFor();
    await page.getByText("us-east-1").waitFor();
    expect(await findFaults(page)).toEqual([]);
    await picture("service-dark");
    expect(troubles.filter((text) => !/status of 401/.test(text))).toEqual([]);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("a narrow window has everything, without scrolling sideways", async () => {
    const { page, picture } = await openPage(browser, { width: 390, height: 844 });
    await page.goto(`${api.endpoint}/sign-in?from=https://elsewhere.example/`);
    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    expect(new URL(page.url()).host).toBe(new URL(api.endpoint).host);
    await page.getByRole("button", { name: "Menu" }).click();
    await picture("menu-390");
    await page.getByRole("link", { name: "Services" }).first().click();
    await page.getByRole("link", { name: "Photos" }).waitFor();

    await picture("services-390");
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(await findFaults(page)).toEqual([]);
  });

  test("an address of the api that is not there stays a problem, and a page that is not there says so", async () => {
    const missing = await api.call("/api/nowhere", { headers: { accept: "text/html" } });
    expect(missing).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });

    const { page } = await openPage(browser);
    await page.goto(`${api.endpoint}/nowhere`);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  });

  test("a server that is away is said, and that it is back is seen", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${api.endpoint}/sign-in`);
    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Photos" }).waitFor();
    await page.route("**/api/**", (route) => route.abort("connectionrefused"));

    await page.getByText("Stave does not answer.").first().waitFor({ timeout: 20_000 });
    expect(await page.getByRole("link", { name: "Photos" }).count()).toBe(1);

    await page.unroute("**/api/**");
    await page.getByText("Stave does not answer.").first().waitFor({ state: "detached", timeout: 20_000 });
  });
});
