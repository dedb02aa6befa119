import { defineConfig } from "tsup";

// Entries come from each package's build script. Types come from tsc: tsup's --dts needs the JavaScript compiler API,
// which TypeScript 7.0 does not have.
export default defineConfig({
  format: "esm",
  target: "node22",
  platform: "node",
  sourcemap: true,
  clean: true,
  dts: false,
  removeNodeProtocol: false,
});
