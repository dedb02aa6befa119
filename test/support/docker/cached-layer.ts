import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ImageLayer, writeLayer } from "../../../scripts/image/image-layer.ts";
import type { TarEntry } from "../../../scripts/image/write-tar.ts";

// biome-ignore lint/suspicious/noUndeclaredEnvVars: turbo builds, and runs no tests
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stave-test-images");
const keptMs = 3 * 24 * 60 * 60_000;

/** A layer of these files, made once for all tests as long as none of them changes. */
export function cachedLayer(name: string, entries: readonly TarEntry[]): Promise<ImageLayer> {
  const recipes = ["image-layer.ts", "write-tar.ts"].map((file) =>
    readFileSync(join(import.meta.dirname, "../../../scripts/image", file)),
  );
  const key = JSON.stringify([recipes.map(String), entries.map(fingerprint)]);
  return rememberLayer(name, key, (file) => writeLayer(file, entries));
}

/** What `make` wrote the last time it was asked for with this key. */
export async function rememberLayer(
  name: string,
  key: string,
  make: (file: string) => Promise<ImageLayer>,
): Promise<ImageLayer> {
  const path = join(cache, `${name}-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`);
  const remembered = readLayer(path);
  if (remembered !== undefined) return remembered;
  await mkdir(cache, { recursive: true });
  forgetOldLayers();
  const draft = `${path}.${randomUUID()}.draft`; // others may be making the same one
  const { sizeBytes, digest } = await make(draft);
  await rename(draft, `${path}.tar`);
  await writeFile(`${draft}.json`, JSON.stringify({ sizeBytes, digest }));
  await rename(`${draft}.json`, `${path}.json`);
  return { file: `${path}.tar`, sizeBytes, digest };
}

/** A file that is not copied as it stands in the repository is known by its size and time. */
function fingerprint(entry: TarEntry): unknown {
  if (entry.kind === "file") return { ...entry, content: entry.content.toString("base64") };
  if (entry.kind !== "copy") return entry;
  const { size, mtimeMs, ino } = statSync(entry.from);
  return { ...entry, size, mtimeMs, ino };
}

function readLayer(path: string): ImageLayer | undefined {
  try {
    const { sizeBytes, digest } = JSON.parse(readFileSync(`${path}.json`, "utf8"));
    if (statSync(`${path}.tar`).size !== sizeBytes) return undefined;
    const now = new Date();
    for (const file of [`${path}.json`, `${path}.tar`]) utimesSync(file, now, now);
    return { file: `${path}.tar`, sizeBytes, digest };
  } catch {
    return undefined; // never made, or half removed: it is made again
  }
}

/** Nobody has used them for days. */
function forgetOldLayers(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (modifiedMs < Date.now() - keptMs) rmSync(path, { force: true });
  }
}
