import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests read workspace packages from source. `resolve.conditions` does not reach them; `ssr.resolve` does.
  ssr: { resolve: { conditions: ["@stave/source", "node", "development|production"] } },
  test: {
    include: ["{packages,apps,tools}/*/{src,test}/**/*.test.ts", "test/**/*.test.ts"],
    reporters: ["default", "./scripts/closing-line.mjs"],
  },
});
