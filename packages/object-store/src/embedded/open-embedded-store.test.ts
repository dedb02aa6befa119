import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { objectStoreCases } from "../testing/object-store-cases.ts";
import { lockDataDirectory } from "./data-directory.ts";
import { openEmbeddedStore } from "./open-embedded-store.ts";

describe("the embedded store", () => {
  for (const { title, run } of objectStoreCases) {
    test(title, async () => {
      const directory = await mkdtemp(join(tmpdir(), "stave-store-"));
      const lock = await lockDataDirectory(directory);
      const store = await openEmbeddedStore({ directory });
      try {
        await run(store);
      } finally {
        await store.close();
        await lock.release();
        await rm(directory, { recursive: true });
      }
    });
  }
});
