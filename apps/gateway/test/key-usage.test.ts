import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { KeyUsagePage } from "../src/usage/key-usage.ts";
import { askAdmin, askAdminOpenly } from "./support/ask-admin.ts";
import { createS3Client } from "./support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "./support/start-gateway.ts";

// Each starts a gateway, or two.
vi.setConfig({ testTimeout: 20_000 });

let dataDirectory = "";
beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "stave-key-usage-"));
});
afterAll(() => rm(dataDirectory, { recursive: true, force: true }));

async function usageOf(gateway: TestGateway) {
  const response = await askAdmin(gateway, { path: "/admin/usage/keys" });
  const { keys } = (await response.json()) as KeyUsagePage;
  return Object.fromEntries(keys.map(({ name, counts }) => [name, counts]));
}

const workers = [1, 2];
for (const count of workers) {
  test(`requests, errors and bytes of each key are counted over restarts, with ${count} workers`, async () => {
    const directory = join(dataDirectory, String(count));
    const gateway = await startGateway({ dataDirectory: directory, workers: count });
    const s3 = createS3Client(gateway);
    await s3.call({ method: "PUT", path: "/photos" });
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => s3.call({ method: "PUT", path: `/photos/${n}`, body: "x".repeat(10_000) })),
    );
    await s3.call({ path: "/photos/1" });
    await s3.call({ path: "/photos/absent" });
    await s3.call({ path: "/photos", query: { "list-type": "2" } });
    await s3.call({ method: "DELETE", path: "/photos/2" });
    await s3.call({ path: "/photos/1", account: bob });
    await s3.call({ path: "/photos/1", account: null });
    await s3.call({ path: "/photos/1", account: { ...ann, secretAccessKey: "wrong" } });
    expect((await askAdminOpenly(gateway, "/admin/usage/keys")).status).toBe(403);
    // The workers tell every second.
    await vi.waitFor(
      async () => {
        const counted = await usageOf(gateway);
        expect(counted).toMatchObject({
          [ann.accessKeyId]: { read: 2, write: 21, list: 1, delete: 1, other: 0, clientErrors: 1, serverErrors: 0 },
          [bob.accessKeyId]: { read: 1, clientErrors: 1 },
          "~unsigned": { clientErrors: 2 },
        });
        const { receivedBytes = 0, sentBytes = 0 } = counted[ann.accessKeyId] ?? {};
        expect([receivedBytes > 200_000 && receivedBytes < 250_000, sentBytes > 10_000 && sentBytes < 40_000]).toEqual([
          true,
          true,
        ]);
      },
      { timeout: 10_000 },
    );
    await s3.call({ path: "/photos/1" });
    expect(await gateway.stop()).toBe(0);

    const again = await startGateway({ dataDirectory: directory, workers: count });
    expect(await usageOf(again)).toMatchObject({ [ann.accessKeyId]: { read: 3, write: 21 } });
    await again.stop();
  });
}
