import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi } from "./support/start-api.ts";

/** It has about 115 MiB: see `npm run bench -- api-idle`. The rest is for what systems count differently. */
const maxMib = 125;
const idleMs = 3000;

test.skipIf(process.platform !== "linux")(
  "an api that has nothing to do needs little memory",
  { timeout: 60_000 },
  async () => {
    const gateway = await startGateway({ workers: 1 });
    const api = await startApi(gateway);
    try {
      await sleep(idleMs); // its first checks of services belong to it
      const status = readFileSync(`/proc/${api.child.pid}/status`, "utf8");
      expect(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(maxMib);
    } finally {
      await api.stop();
      await gateway.stop();
    }
  },
);
