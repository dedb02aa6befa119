import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests read workspace packages from source. `resolve.conditions` does not reach them; `ssr.resolve` does.
  ssr: { resolve: { conditions: ["@stave/source", "node", "development|production"] } },
  test: {
    include: ["{packages,apps,tools}/*/{src,test}/**/*.test.ts", "test/**/*.test.ts"],
    // Most of the long ones wait for processes that they have started: more files than cores at once.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // Servers are started by the hundred: each reads what the one before has compiled.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "stave-compile-cache") },
    // Tests wait for what they look at. These only end one that waits for what never comes, also on a machine that does much else.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: ["default", "./scripts/closing-line.mjs"],
  },
});
