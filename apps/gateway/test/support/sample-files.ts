import { createCipheriv, createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";

/** Bytes that never repeat, so that a lost, doubled or swapped block shows. The same for the same seed. */
export function sampleBytes({ seed, sizeBytes }: { readonly seed: string; readonly sizeBytes: number }): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** Writes a file for each path below the folder, and the folders it needs. Its bytes depend on its path. */
export async function writeSampleFiles(folder: string, sizes: Readonly<Record<string, number>>): Promise<void> {
  for (const [path, sizeBytes] of Object.entries(sizes)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, sampleBytes({ seed: path, sizeBytes }));
  }
}

/** Path below the folder to SHA-256, for each file: two folders hold the same if their digests are equal. */
export async function digestFolder(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digests: Record<string, string> = {};
  for (const file of files.toSorted()) digests[relative(folder, file)] = await digestFile(file);
  return digests;
}

export async function digestFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
