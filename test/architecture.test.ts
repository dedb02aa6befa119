import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";

// The direction of dependencies: apps and tools → packages → node:* and the libraries listed here. Adding one is a decision; its reason
// stands in the README of the package that needs it.
const chosenLibraries = new Set([
  "@clack/prompts",
  "@asteasolutions/zod-to-openapi",
  "@aws-sdk/client-s3",
  "@fastify/busboy",
  "@modelcontextprotocol/sdk",
  "@node-rs/crc32",
  "@smithy/signature-v4",
  "@tanstack/react-query",
  "@tanstack/react-router",
  "commander",
  "croner",
  "dockerode",
  "express",
  "express-rate-limit",
  "fast-xml-parser",
  "kysely",
  "lmdb",
  "lru-cache",
  "lucide-react",
  "msgpackr",
  "openid-client",
  "pg",
  "pino",
  "prom-client",
  "react",
  "react-dom",
  "swagger-ui-dist",
  "tar-stream",
  "undici",
  "yaml",
  "zod",
]);

/** Packages of ours that may import another one, with a need that is written in the README of the importer. */
const packageEdges: Readonly<Record<string, readonly string[]>> = {
  "@stave/control-database": ["@stave/credential-vault"],
  "@stave/docker-services": ["@stave/resource-limits"],
};

/** Shared by apps and of no use without them. */
const privatePackages = new Set(["@stave/api-contract", "@stave/control-database", "@stave/outgoing-requests"]);

/** What people install. */
const publishedApps = new Set(["@stave/cli", "@stave/gateway", "@stave/api"]);

/** Apps that an app starts as processes of their own, where they are installed. It imports none of them. */
const startedApps: Readonly<Record<string, readonly string[]>> = { "@stave/cli": ["@stave/gateway", "@stave/api"] };

/** Bundled into what is published, with their licences: nobody has to install them, and what they need themselves. */
const bundledLibraries: Readonly<Record<string, readonly string[]>> = {
  // The library of the protocol brings two web servers along, of which `stave mcp` needs neither.
  "@stave/cli": ["@modelcontextprotocol/sdk", "zod"],
};

type Manifest = {
  readonly name: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

type Workspace = {
  readonly kind: "apps" | "packages" | "tools";
  readonly directory: string;
  readonly manifest: Manifest;
};

const root = join(import.meta.dirname, "..");
const workspaces = (["apps", "packages", "tools"] as const).flatMap((kind) =>
  readdirSync(join(root, kind)).map((name): Workspace => {
    const directory = join(root, kind, name);
    return { kind, directory, manifest: JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) };
  }),
);
const kindOf = new Map(workspaces.map(({ kind, manifest }) => [manifest.name, kind]));

test("there are workspaces to look at", () => {
  expect(workspaces.length).toBeGreaterThan(5);
});

for (const workspace of workspaces) {
  const { kind, directory, manifest } = workspace;

  test(`${manifest.name} declares only dependencies it may have`, () => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

    expect(declared.filter((name) => !isAllowed(workspace, name))).toEqual([]);
  });

  test(`${manifest.name} imports only what it declares, and may have`, () => {
    // What is private is built into the app.
    const bundled = Object.keys(manifest.devDependencies ?? {}).filter(
      (name) => kind === "apps" && privatePackages.has(name),
    );
    const declared = { ...manifest.dependencies, ...Object.fromEntries(bundled.map((name) => [name, "bundled"])) };
    const files = sourceFiles(join(directory, "src")).filter((file) => !/\.test\.tsx?$/.test(file));
    const wrong = files.flatMap((file) =>
      importsOf(file, { withoutTypesOf: Object.keys(manifest.devDependencies ?? {}) })
        .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
        .map(packageName)
        .filter((name) => bundledLibraries[manifest.name]?.includes(name) !== true)
        .filter((name) => !(name in declared) || !isAllowed(workspace, name))
        .map((name) => `${file}: ${name}`),
    );

    expect(wrong).toEqual([]);
  });

  test(`${manifest.name} stays inside its folder, with named built-ins and file endings`, () => {
    const wrong = [...sourceFiles(join(directory, "src")), ...sourceFiles(join(directory, "test"))].flatMap((file) =>
      importsOf(file)
        .filter((specifier) =>
          specifier.startsWith(".") ? !isOwnFile(directory, file, specifier) : isBareBuiltin(specifier),
        )
        .map((specifier) => `${file}: ${specifier}`),
    );

    expect(wrong).toEqual([]);
  });

  test(`${manifest.name} has a README, a description and a licence`, () => {
    expect(existsSync(join(directory, "README.md"))).toBe(true);
    expect(manifest.description).toMatch(/\.$/);
    expect(manifest.license).toBe("Apache-2.0");
    const isPublished = kind === "packages" ? !privatePackages.has(manifest.name) : publishedApps.has(manifest.name);
    expect(manifest.private ?? false).toBe(!isPublished);
  });
}

test("an app that is published needs nothing that is not, and everything that is built into it", () => {
  const wrong = workspaces
    .filter(({ manifest }) => publishedApps.has(manifest.name))
    .flatMap(({ manifest: { name: app, dependencies = {}, devDependencies = {} } }) => {
      const bundled = workspaces.filter(
        ({ manifest }) =>
          privatePackages.has(manifest.name) && manifest.name in devDependencies && app !== "@stave/cli",
      );
      const needed = bundled.flatMap(({ manifest }) => Object.entries(manifest.dependencies ?? {}));
      return [
        ...Object.keys(dependencies).filter((name) => privatePackages.has(name)),
        ...needed
          .filter(([name, version]) => !privatePackages.has(name) && dependencies[name] !== version)
          .map(([name, version]) => `${app}: ${name} ${version}`),
      ];
    });

  expect(wrong).toEqual([]);
});

function isAllowed({ kind, manifest }: Workspace, name: string): boolean {
  const other = kindOf.get(name);
  if (startedApps[manifest.name]?.includes(name) === true) return name in (manifest.peerDependencies ?? {});
  if (other === undefined) return chosenLibraries.has(name);
  if (other !== "packages") return false;
  return kind !== "packages" || (packageEdges[manifest.name]?.includes(name) ?? false);
}

function sourceFiles(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(directory, file));
}

/** Static imports, re-exports and dynamic imports with a literal. The formatter puts the first two at the line's start. */
function importsOf(
  file: string,
  { withoutTypesOf = [] }: { readonly withoutTypesOf?: readonly string[] } = {},
): readonly string[] {
  // Code that is printed for users is not ours.
  const text = readFileSync(file, "utf8")
    .replace(/`(?:\\.|[^`\\])*`/gs, "``")
    // Types are gone when it runs: what is bundled with nobody need not be installed.
    .replace(/^import type \{[^}]*\} from "([^"]+)";/gm, (line, name) => (withoutTypesOf.includes(name) ? "" : line));
  const pattern =
    /^(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|^import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return Array.from(text.matchAll(pattern), ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

function isBareBuiltin(specifier: string): boolean {
  return builtinModules.includes(specifier) && !specifier.startsWith("node:");
}

/** Tests of an app may start another one and ask it for everything, the way its own tests do, and read the documentation and run containers the way those of the repository do. */
function isOwnFile(directory: string, file: string, specifier: string): boolean {
  const target = join(file, "..", specifier);
  const isSupport =
    file.startsWith(join(directory, "test/")) &&
    /^((\/apps\/[^/]+)?\/test\/support(\/docker)?|\/apps\/[^/]+\/test\/isolation)\/[^/]+$/.test(
      target.slice(root.length),
    );
  return (target.startsWith(directory) || isSupport) && /\.(tsx?|json|css)$/.test(specifier);
}

function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}
