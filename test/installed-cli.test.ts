import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isUnreachable, npmInstall, packWorkspace, root, run } from "./support/pack-workspaces.ts";

// The command line as a stranger installs it: from tarballs, with npm, under each Node.js that it is for. Needs the npm registry, or npm's
// cache of it, for what the packages depend on. Packing and installing take their time.

const apps = ["cli", "gateway", "api"];
const privatePackages = ["api-contract", "control-database", "outgoing-requests"];

/** Of the command line with all that it needs to run, as it lies on the disk. */
const maxInstalledBytes = 25 * 1024 ** 2;

/** The oldest that the servers run on; before it `node:crypto` has no argon2. */
const serverNode = [24, 7];

// biome-ignore lint/suspicious/noUndeclaredEnvVars: turbo builds, and runs no tests
const node22 = process.env.STAVE_TEST_NODE_22 ?? "";
// biome-ignore lint/suspicious/noUndeclaredEnvVars: turbo builds, and runs no tests
const node24 = process.env.STAVE_TEST_NODE_24 ?? "";
const nodes = [process.execPath, node22, node24, "/usr/bin/node"]
  .map((path) => ({ path, version: versionOf(path) }))
  .filter(({ version: [major = 0, minor = 0] }) => major > 22 || (major === 22 && minor >= 18));
for (const [major, path] of [
  [22, node22],
  [24, node24],
] as const) {
  if (versionOf(path)[0] === major) continue;
  console.warn(
    `SKIPPED: no Node.js ${major} (.ci/run fetches it, STAVE_TEST_NODE_${major} names it), so nothing is installed for it`,
  );
}

/** Of the command line: those of ours are published together with it. */
const ownDependencies = Object.keys(
  JSON.parse(await readFile(join(root, "apps/cli/package.json"), "utf8")).dependencies,
).flatMap((name) => /^@stave\/(.+)$/.exec(name)?.[1] ?? []);

let directory = "";
let registryAway: unknown;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-installed-"));
  const packages = (await readdir(join(root, "packages"))).filter((name) => !privatePackages.includes(name));
  const workspaces = [...apps.map((name) => join("apps", name)), ...packages.map((name) => join("packages", name))];
  await Promise.all(workspaces.map((workspace) => packWorkspace(workspace, tarballOf(workspace.split("/")[1] ?? ""))));
  try {
    await Promise.all([install("alone", ["cli", ...ownDependencies]), install("whole", [...apps, ...packages])]);
  } catch (error) {
    if (process.env.CI === "true" || !isUnreachable(error)) throw error;
    registryAway = error;
    console.warn("SKIPPED: the npm registry cannot be reached, so the command line was installed nowhere");
  }
}, 300_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

describe("the command line alone", () => {
  test(`takes at most ${maxInstalledBytes / 1024 ** 2} MiB of the disk`, async (context) => {
    context.skip(registryAway !== undefined);

    expect(await sizeOf(join(directory, "alone", "node_modules"))).toBeLessThanOrEqual(maxInstalledBytes);
  });

  test("holds its build and its papers, and nothing else", async () => {
    for (const name of apps) {
      const files = (await run("tar", ["-tzf", tarballOf(name)], { cwd: directory })).trim().split("\n");
      const odd = files.filter(
        (file) =>
          !/^package\/(dist\/[\w-]+\.js(\.map)?|dist\/(docs\.json|licences\.txt|dashboard\/[\w./-]+)|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(
            file,
          ),
      );
      expect({ name, odd }).toEqual({ name, odd: [] });
      expect(files).toEqual(expect.arrayContaining(["package/LICENSE", "package/README.md", "package/dist/main.js"]));
      const manifest = await run("tar", ["-xzOf", tarballOf(name), "package/package.json"], { cwd: directory });
      expect(JSON.parse(manifest).dependencies).not.toMatchObject(
        Object.fromEntries(privatePackages.map((one) => [`@stave/${one}`, expect.anything()])),
      );
      expect(manifest).not.toMatch(/"\.\/src\//);
    }
  });

  describe.each(nodes)("under Node.js $version", ({ path: node }) => {
    test("says its version, its help, and what is wrong", async (context) => {
      context.skip(registryAway !== undefined);
      const { version } = JSON.parse(await readFile(join(root, "apps/cli/package.json"), "utf8"));

      expect(stave("alone", node, ["--version"])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
      expect(stave("alone", node, ["--help"])).toMatchObject({ status: 0, stderr: "" });
      expect(stave("alone", node, ["services", "list", "--url", "http://127.0.0.1:1"])).toMatchObject({
        status: 3,
        stderr: expect.stringContaining("Connection refused"),
      });
    });

    test("names what to install for a server of one's own", async (context) => {
      context.skip(registryAway !== undefined);

      expect(stave("alone", node, ["serve"])).toMatchObject({
        status: 7,
        stdout: "",
        stderr: expect.stringMatching(/next: npm install --global @stave\/gateway@\S+ @stave\/api@\S+$/m),
      });
    });
  });
});

describe("with the servers", () => {
  for (const { path: node, version } of nodes) {
    const isOld = compare(version, serverNode) < 0;
    const what = isOld ? "says that the servers need another one" : "serves, and is stopped";
    test(`Node.js ${version.join(".")} ${what}`, { timeout: 30_000 }, async (context) => {
      context.skip(registryAway !== undefined);
      if (isOld) {
        expect(stave("whole", node, ["serve"])).toMatchObject({
          status: 7,
          stderr: expect.stringContaining("needs Node.js 24.7 or newer"),
        });
        return;
      }
      const serving = serve(node, [main("whole")], environment());
      const token = await lineOf(serving, /^administrator token .*: (\S+)$/);
      const api = await lineOf(serving, /^ready (\S+)$/, 2);

      const env = { ...environment(), STAVE_URL: api, STAVE_TOKEN: token };
      expect(stave("whole", node, ["services", "list", "--json"], env)).toMatchObject({ status: 0 });
      const [code] = await stop(serving);
      expect(code).toBe(0);
    });
  }

  test("npx fetches them for who says yes to that", { timeout: 240_000 }, async (context) => {
    context.skip(registryAway !== undefined);
    const registry = await startRegistry();
    try {
      const { port } = registry.address() as AddressInfo;
      const env = {
        // How npm reaches its registry here.
        ...process.env,
        ...environment(),
        // biome-ignore lint/suspicious/noUndeclaredEnvVars: turbo builds, and runs no tests
        NO_PROXY: [process.env.NO_PROXY ?? "", "127.0.0.1"].filter((name) => name !== "").join(","),
        "npm_config_@stave:registry": `http://127.0.0.1:${port}/`,
        // Its own: what an earlier run has left is of the same version.
        npm_config_cache: join(directory, "npm-cache"),
        PATH: `${join(process.execPath, "..")}:${process.env.PATH}`,
      };
      const serving = serve(process.execPath, [main("alone"), "--yes"], env);
      await lineOf(serving, /^ready (\S+)$/, 2);
      const [code] = await stop(serving);
      expect(code).toBe(0);
    } finally {
      registry.closeAllConnections();
      registry.close();
    }
  });
});

async function install(project: string, names: readonly string[]): Promise<void> {
  await mkdir(join(directory, project));
  await writeFile(join(directory, project, "package.json"), JSON.stringify({ private: true }));
  await npmInstall(join(directory, project), names.map(tarballOf));
}

function tarballOf(name: string): string {
  return join(directory, `${name}.tgz`);
}

function main(project: string): string {
  return join(directory, project, "node_modules", "@stave", "cli", "dist", "main.js");
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, STAVE_CONFIG_DIR: join(directory, "settings") };
}

function stave(project: string, node: string, args: readonly string[], env = environment()) {
  const { status, stdout, stderr } = spawnSync(node, [main(project), ...args], {
    encoding: "utf8",
    env,
    cwd: directory,
  });
  return { status, stdout, stderr };
}

type Serving = {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly said: string[];
  readonly ended: Promise<unknown[]>;
};

function serve(node: string, command: readonly string[], env: NodeJS.ProcessEnv): Serving {
  const dataDirectory = join(directory, `data-${process.hrtime.bigint()}`);
  const settings = [
    "--port",
    "0",
    "--api-port",
    "0",
    "--admin-port",
    "0",
    "--workers",
    "1",
    "--data-dir",
    dataDirectory,
  ];
  const [script = "", ...words] = command;
  const child = spawn(node, [script, "serve", ...words, ...settings], { env, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const kill = () => child.kill("SIGTERM");
  process.once("exit", kill);
  const ended = once(child, "close").finally(() => process.off("exit", kill));
  return { child, lines, said, ended };
}

/** What the `count`th line that matches says. */
async function lineOf({ child, lines, said, ended }: Serving, pattern: RegExp, count = 1): Promise<string> {
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  for (;;) {
    const found = lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
    const match = found[count - 1];
    if (match !== undefined) return match;
    if (isOver) throw new Error(`stave serve has ended:\n${[...lines, ...said].join("\n")}`);
    await Promise.race([ended, child.stdout && once(child.stdout, "data")]);
  }
}

async function stop({ child, ended }: Serving): Promise<unknown[]> {
  child.kill("SIGTERM");
  return await ended;
}

/** Gives npm the tarballs, as a registry does. Everything else it has from where it always has it. */
async function startRegistry(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const name = /^\/@stave\/([a-z0-9-]+)(\.tgz)?$/.exec(path)?.[1] ?? "";
    const tarball = await readFile(tarballOf(name)).catch(() => undefined);
    if (tarball === undefined) return void response.writeHead(404).end("{}");
    if (path.endsWith(".tgz")) return void response.writeHead(200).end(tarball);
    const manifest = JSON.parse(
      await run("tar", ["-xzOf", tarballOf(name), "package/package.json"], { cwd: directory }),
    );
    const dist = {
      tarball: `http://${request.headers.host}/@stave/${name}.tgz`,
      integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
    };
    const { version } = manifest;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        name: manifest.name,
        "dist-tags": { latest: version },
        versions: { [version]: { ...manifest, dist } },
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.map(async (entry) => {
    if (!entry.isFile()) return 0;
    return (await stat(join(entry.parentPath, entry.name))).blocks * 512;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function versionOf(path: string): readonly number[] {
  const printed = path === "" ? "" : (spawnSync(path, ["--version"], { encoding: "utf8" }).stdout ?? "");
  return /^v(\d+)\.(\d+)\.(\d+)/.exec(printed)?.slice(1).map(Number) ?? [];
}

function compare(left: readonly number[], right: readonly number[]): number {
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}
