import { createHash } from "node:crypto";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCodeBlocks } from "../../../test/support/read-code-blocks.ts";
import { runGatewayCommand } from "./support/run-gateway-command.ts";
import { createS3Client } from "./support/s3-client.ts";
import { startGateway } from "./support/start-gateway.ts";

// What docs/operations.md quotes is what the program prints, and it has changed nothing.

let scratch = "";
/** A data directory with a bucket, an encrypted object, and a second one of another installation. */
let intact = "";
let foreign = "";
const docs = readCodeBlocks(await readFile(new URL("../../../docs/operations.md", import.meta.url), "utf8"));

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-refusals-"));
  intact = await createInstallation("intact");
  foreign = await createInstallation("foreign");
}, 60_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function createInstallation(name: string): Promise<string> {
  const dataDirectory = join(scratch, name);
  const gateway = await startGateway({ dataDirectory, workers: 1 });
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/vault" });
  const headers = { "x-amz-server-side-encryption": "AES256" };
  await s3.call({ method: "PUT", path: "/vault/key", headers, body: "bytes" });
  await gateway.stop();
  return dataDirectory;
}

const keyFile = (directory: string) => join(directory, "encryption_key");
const database = (directory: string) => join(directory, "control.sqlite");

test.each<[heading: string, damage: (directory: string) => Promise<unknown>]>([
  ["The key file is missing", (directory) => rm(keyFile(directory))],
  [
    "The key file is cut off or damaged",
    async (directory) => truncate(keyFile(directory), (await stat(keyFile(directory))).size / 2),
  ],
  ["The key file is of another installation", (directory) => cp(keyFile(foreign), keyFile(directory))],
  ["Others can use the key file", (directory) => chmod(keyFile(directory), 0o644)],
  [
    "The key file cannot be read",
    async (directory) => {
      await rm(keyFile(directory));
      await symlink(keyFile(directory), keyFile(directory));
    },
  ],
  [
    "The key file is a directory",
    async (directory) => {
      await rm(keyFile(directory));
      await mkdir(keyFile(directory));
    },
  ],
  [
    "The control database is damaged",
    async (directory) => truncate(database(directory), (await stat(database(directory))).size / 2),
  ],
  [
    "The control database is something else",
    (directory) => writeFile(database(directory), "no database. ".repeat(500)),
  ],
  [
    "The control database is of a newer version",
    async (directory) => {
      const file = new DatabaseSync(database(directory));
      file.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')");
      file.close();
    },
  ],
])(
  "%s: refused in the words of the documentation, and nothing is changed",
  async (heading, damage) => {
    const directory = join(scratch, heading.replaceAll(" ", "-"));
    await cp(intact, directory, { recursive: true, verbatimSymlinks: true });
    await damage(directory);
    const before = await describeDirectory(directory);

    const refused = await runGatewayCommand(["--data-dir", directory, "--port", "0", "--admin-port", "0"]);

    expect(refused.code).toBe(1);
    expect(lineOf(refused.stderr, directory)).toBe(quoteOf(heading));
    expect(await describeDirectory(directory)).toEqual(before);
  },
  30_000,
);

test("The control database is missing: refused in the words of the documentation, and none is made", async () => {
  const directory = join(scratch, "lost-database");
  await cp(intact, directory, { recursive: true });
  await rm(database(directory));
  const key = await readFile(keyFile(directory));

  const refused = await runGatewayCommand(["--data-dir", directory, "--port", "0", "--admin-port", "0"]);

  // It takes the directory to see whether there are buckets, and recovers the index as each start does.
  expect(refused.code).toBe(2);
  expect(lineOf(refused.stderr, directory)).toBe(quoteOf("The control database is missing"));
  expect(await readdir(directory)).not.toContain("control.sqlite");
  expect(await readFile(keyFile(directory))).toEqual(key);
}, 30_000);

test("a key file that cannot be used is refused before a first start makes anything", async () => {
  const directory = join(scratch, "first");
  await mkdir(directory);
  const file = join(scratch, "exposed_key");
  await cp(keyFile(intact), file);
  await chmod(file, 0o666);

  const args = ["--data-dir", directory, "--port", "0", "--admin-port", "0", "--encryption-key-file", file];
  const refused = await runGatewayCommand(args);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/has the mode 666/);
  expect(await readdir(directory)).toEqual([]);
}, 30_000);

test("a restored key file ends the refusal", async () => {
  const directory = join(scratch, "restored");
  await cp(intact, directory, { recursive: true });
  await rename(keyFile(directory), join(scratch, "kept"));
  expect((await runGatewayCommand(["--data-dir", directory, "--port", "0"])).code).toBe(1);

  await rename(join(scratch, "kept"), keyFile(directory));
  const gateway = await startGateway({ dataDirectory: directory, workers: 2 });
  const read = await createS3Client(gateway).call({ path: "/vault/key" });
  await gateway.stop();

  expect(read.text).toBe("bytes");
}, 60_000);

/** The only line, as the documentation shows it. */
function lineOf(stderr: string, directory: string): string {
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return stderr
    .trim()
    .replaceAll(directory, "/srv/stave")
    .replaceAll(/\b[0-9a-f]{16}\b/g, "KEY-ID");
}

function quoteOf(heading: string): string {
  const quoted = docs.find((block) => block.heading === heading && block.language === "text")?.text;
  return (quoted ?? "").trim().replaceAll("\n", " ");
}

/** Each path with its mode and what is in it. */
async function describeDirectory(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const described = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) return [path, entry.isDirectory() ? "directory" : "other"] as const;
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    return [path, `${((await stat(path)).mode & 0o777).toString(8)} ${hash}`] as const;
  });
  return Object.fromEntries(await Promise.all(described));
}
