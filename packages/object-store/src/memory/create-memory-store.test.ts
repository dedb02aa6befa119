import { describe, test } from "vitest";
import { objectStoreCases } from "../testing/object-store-cases.ts";
import { createMemoryStore } from "./create-memory-store.ts";

describe("the memory store", () => {
  for (const { title, run } of objectStoreCases) {
    test(title, async () => {
      await run(createMemoryStore());
    });
  }
});
