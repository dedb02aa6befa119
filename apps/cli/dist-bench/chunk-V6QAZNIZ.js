// package.json
var package_default = {
  name: "@stave/cli",
  version: "0.0.0",
  description:
    "The command line of Stave: services, projects, keys, buckets and objects, for people, scripts and coding agents.",
  license: "Apache-2.0",
  repository: {
    type: "git",
    directory: "apps/cli",
  },
  type: "module",
  sideEffects: false,
  engines: {
    node: ">=22.18",
  },
  bin: {
    stave: "./dist/main.js",
  },
  files: ["dist"],
  exports: {
    "./package.json": "./package.json",
  },
  publishConfig: {
    access: "public",
    provenance: true,
  },
  scripts: {
    build: "tsup src/main.ts --config ../../tsup.config.ts --splitting",
  },
  dependencies: {
    "@clack/prompts": "1.9.0",
    "@stave/s3-checksum": "workspace:^",
    "@stave/sigv4-verify": "workspace:^",
    commander: "15.1.0",
    "fast-xml-parser": "^5.12.1",
    undici: "8.12.4",
  },
  devDependencies: {
    "@stave/api-contract": "workspace:^",
  },
};

// src/version.ts
var { version } = package_default;

export { version };
//# sourceMappingURL=chunk-V6QAZNIZ.js.map
