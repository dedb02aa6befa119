import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Permissive licences, by their SPDX names. Whatever else is installed for production is a decision to take. */
const permissive = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "Unlicense",
]);

const root = join(import.meta.dirname, "..");

test("everything that runs in production has a permissive licence", () => {
  const licences = productionLicences();

  expect(licences.size).toBeGreaterThan(15);
  expect([...licences].filter(([, licence]) => !permissive.has(licence))).toEqual([]);
});

test("the repository itself is Apache-2.0", () => {
  expect(readFileSync(join(root, "LICENSE"), "utf8")).toContain("Apache License");
});

test("no tracked file names a registry or a machine", () => {
  // Outside a checkout (a source archive) there is nothing to ask.
  const git = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  const files = git.status === 0 ? git.stdout.split("\0").filter((file) => file !== "") : ["pnpm-lock.yaml"];
  // The home of `node` is that of the image of Node.js.
  const pattern = /registry\.npmjs|resolution: \{.*tarball|\/root\/|\/home\/(?!node\b)/;

  const wrong = files
    .filter((file) => existsSync(join(root, file)) && !file.endsWith("licences.test.ts"))
    .filter((file) => pattern.test(readFileSync(join(root, file), "utf8")));

  expect(wrong).toEqual([]);
});

/** Walks from the workspaces' dependencies through the installed tree, as Node.js resolves it. */
function productionLicences(): ReadonlyMap<string, string> {
  const licences = new Map<string, string>();
  const visit = (directory: string): void => {
    const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    const id = `${manifest.name}@${manifest.version}`;
    if (licences.has(id)) return;
    licences.set(id, licenceOf(manifest));
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const found = resolveFrom(directory, name);
      // An optional package for another platform is not there.
      if (found !== undefined) visit(found);
    }
  };
  for (const kind of ["apps", "packages"]) {
    for (const name of readdirSync(join(root, kind))) visit(join(root, kind, name));
  }
  return licences;
}

function licenceOf(manifest: { license?: unknown; licenses?: readonly { type: string }[] }): string {
  if (typeof manifest.license === "string") return manifest.license.replace(/^\((.*) OR .*\)$/, "$1");
  return manifest.licenses?.[0]?.type ?? "none";
}

function resolveFrom(directory: string, name: string): string | undefined {
  for (let folder = directory; folder !== join(folder, ".."); folder = join(folder, "..")) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate);
  }
  return undefined;
}
