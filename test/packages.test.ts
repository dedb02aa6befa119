import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { isUnreachable, npmInstall, packWorkspace, root, run } from "./support/pack-workspaces.ts";
import { readCodeBlocks } from "./support/read-code-blocks.ts";

// What a stranger gets: each package is packed as it would be published, looked at, and installed into an empty project.
// Needs the npm registry, or npm's cache of it, for what the packages depend on.

/**
 * Unpacked, without source maps. README and licence, 18 to 30 kB, are part of it; so are the declarations, whose docstrings
 * editors show. 50 kB is the aim; whoever needs more says what for.
 */
const packages: readonly { readonly name: string; readonly maxBytes: number; readonly needs?: readonly string[] }[] = [
  { name: "aws-chunked-stream", maxBytes: 70_000 }, // both directions, each as a stream and as an iterable
  { name: "s3-checksum", maxBytes: 50_000 },
  { name: "s3-policy", maxBytes: 110_000 }, // a language with its operators, S3's lists of actions and keys, what operations need, and scopes
  { name: "s3-xml", maxBytes: 190_000 }, // a reader or writer, and a type, for each of S3's documents
  { name: "sigv4-verify", maxBytes: 140_000 }, // verifies three ways of signing, and signs in all of them
  { name: "credential-vault", maxBytes: 75_000 }, // a vault, access keys, session tokens, and two stores for them
  { name: "resource-limits", maxBytes: 50_000 },
  { name: "docker-services", maxBytes: 150_000, needs: ["resource-limits"] }, // engines, their containers, upgrades, limits, logs, events, volumes
  { name: "object-store", maxBytes: 680_000 }, // an engine and its tools, a memory store and the suite that both pass
];

const bin = join(root, "node_modules", ".bin");
const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-packages-"));
  await Promise.all(packages.map(({ name }) => pack(name)));
}, 60_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each(packages)("@stave/$name as published", ({ name, maxBytes, needs = [] }) => {
  test("gives publint nothing to say", async () => {
    const tarball = await readFile(tarballOf(name));

    const { messages } = await publint({
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
      strict: true,
    });

    expect(messages).toEqual([]);
  });

  test("resolves to its types wherever ES modules do", async () => {
    await run(join(bin, "attw"), ["--profile", "esm-only", "--no-definitely-typed", tarballOf(name)], {
      cwd: directory,
    });
  });

  test("holds its build and its papers, and nothing else", async () => {
    const files = await filesOf(name);
    const manifest = await readFile(join(directory, name, "package", "package.json"), "utf8");

    const odd = files.filter(
      (file) => !/^(dist\/.+\.(js|js\.map|d\.ts)|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(file),
    );
    expect(odd).toEqual([]);
    expect(files.filter((file) => /\.test\./.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/index.d.ts", "dist/index.js"]));
    expect(manifest).not.toMatch(/@stave\/source|workspace:|"\.\/src\//);
  });

  test(`is at most ${maxBytes / 1000} kB without maps`, async () => {
    const files = (await filesOf(name)).filter((file) => !file.endsWith(".map"));
    const sizes = files.map(async (file) => (await readFile(join(directory, name, "package", file))).length);
    const sizeBytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);

    expect(sizeBytes).toBeLessThanOrEqual(maxBytes);
  });

  test("runs and type-checks the example of its README in an empty project", async (context) => {
    const readme = await readFile(join(directory, name, "package", "README.md"), "utf8");
    const example = readCodeBlocks(readme).find(({ language }) => language === "ts");
    const project = await createProject({ name, needs, example: example?.text ?? "" }, context);

    const printed = await run(process.execPath, ["example.ts"], { cwd: project });
    await run(join(bin, "tsc"), ["-p", "tsconfig.json"], { cwd: project });

    expect(example).toBeDefined();
    expect(printed).toBe(example?.output ?? printed);
  }, 60_000);
});

async function pack(name: string): Promise<void> {
  const target = join(directory, name);
  await mkdir(target);
  await packWorkspace(join("packages", name), tarballOf(name));
  await run("tar", ["-xzf", tarballOf(name), "-C", target], { cwd: directory });
}

function tarballOf(name: string): string {
  return join(directory, `${name}.tgz`);
}

async function filesOf(name: string): Promise<readonly string[]> {
  const entries = await readdir(join(directory, name, "package"), { recursive: true, withFileTypes: true });
  const prefix = join(directory, name, "package").length + 1;
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(prefix));
}

/** A project as a stranger has it: nothing but the tarball, what npm brings with it, and Node's types. */
async function createProject(
  { name, needs, example }: { readonly name: string; readonly needs: readonly string[]; readonly example: string },
  context: TestContext,
): Promise<string> {
  const project = join(directory, `${name}-project`);
  await mkdir(project);
  const compilerOptions = {
    // lmdb's own declarations are not valid in an ES module (TS1203); those of everything else are checked too.
    skipLibCheck: name === "object-store",
    target: "es2024",
    module: "nodenext",
    moduleResolution: "nodenext",
    types: ["node"],
    strict: true,
    noEmit: true,
  };
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["example.ts"] }));
  await writeFile(join(project, "example.ts"), example);
  await writeFile(join(project, "cat.jpg"), "a picture of a cat"); // which the example of object-store stores
  // Those of ours that it needs are published together with it.
  const packagesToInstall = [...[name, ...needs].map(tarballOf), `@types/node@${devDependencies["@types/node"]}`];
  try {
    await npmInstall(project, packagesToInstall);
  } catch (error) {
    if (process.env.CI === "true" || !isUnreachable(error)) throw error;
    const note = "SKIPPED: the npm registry cannot be reached, so no package was installed into an empty project";
    console.warn(note);
    context.skip(note);
  }
  return project;
}
