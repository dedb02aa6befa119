import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests read workspace packages from source. `resolve.conditions` does not reach them; `ssr.resolve` does.
  ssr: { resolve: { conditions: ["@stave/source", "node", "development|production"] } },
  test: {
    include: ["{packages,apps,tools}/*/{src,test}/**/*.test.ts", "test/**/*.test.ts"],
    // Most of the long ones wait for processes that they have started: more files than cores at once.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    reporters: ["default", "./scripts/closing-line.mjs"],
  },
});
