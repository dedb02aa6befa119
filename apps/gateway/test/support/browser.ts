import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findClient } from "./find-client.ts";
import { runClient } from "./run-client.ts";

export function findBrowser() {
  return findClient({ command: "chromium", probe: ["--version"], install: "Debian's package chromium" });
}

/** The page as a browser shows it when its scripts have run: the text of the whole document. */
export async function openInBrowser(url: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "stave-browser-"));
  const flags = [
    "--headless=new",
    "--no-sandbox", // it refuses to run as root with one
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    `--user-data-dir=${join(home, "profile")}`,
    "--virtual-time-budget=10000", // of the page's own clock, which stands still while it waits for the network
  ];
  try {
    const { stdout } = await runClient("chromium", [...flags, "--dump-dom", url], { home });
    return stdout;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
