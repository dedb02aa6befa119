import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findBrowser } from "../../../gateway/test/support/browser.ts";

export const { isMissing } = findBrowser();

/** Pictures of the pages as the tests have seen them, for people to look at. */
const pictures = join(import.meta.dirname, "../../pictures");

/** No page of the dashboard asks another host for anything: these keep the browser itself from calling home. */
const switches = [
  "--no-sandbox",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function startChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium", args: switches });
}

export type OpenedPage = {
  readonly page: Page;
  /** What the console has said that is worse than information, and what the content security policy forbade. */
  readonly troubles: readonly string[];
  /** Hosts that were asked. */
  readonly hosts: ReadonlySet<string>;
  /** Kept as `apps/dashboard/pictures/NAME.png`. */
  picture(name: string): Promise<void>;
};

export type OpenOptions = { readonly width?: number; readonly height?: number; readonly isDark?: boolean };

/** A page in a browser of its own: no cookie of another test is there. */
export async function openPage(
  browser: Browser,
  { width = 1280, height = 900, isDark = false }: OpenOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: isDark ? "dark" : "light" });
  const page = await context.newPage();
  const troubles: string[] = [];
  const hosts = new Set<string>();
  page.on("console", (message) => {
    if (["error", "warning", "assert"].includes(message.type())) troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http")) hosts.add(host);
  });
  return {
    page,
    troubles,
    hosts,
    async picture(name) {
      await mkdir(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    },
  };
}
