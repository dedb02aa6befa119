import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createRandom } from "../random.ts";

/** So close that an object of some size cannot escape. */
const everyBytes = 16 * 1024;

/** Changes a byte here and there in the largest segment: the negative control of what is judged after a kill. */
export async function corruptSegment(directory: string, seed: number): Promise<void> {
  const segments = join(directory, "segments");
  const names = await readdir(segments, { recursive: true });
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(segments, name);
      const found = await stat(path);
      return { path, sizeBytes: found.isFile() ? found.size : 0 };
    }),
  );
  const [largest] = files.sort((a, b) => b.sizeBytes - a.sizeBytes);
  if (largest === undefined || largest.sizeBytes === 0) return;
  const file = await open(largest.path, "r+");
  try {
    const random = createRandom(seed, "corruption");
    for (let start = 0; start < largest.sizeBytes; start += everyBytes) {
      const at = start + random.below(Math.min(everyBytes, largest.sizeBytes - start));
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at);
      await file.write(Buffer.of((byte[0] ?? 0) ^ 0x55), 0, 1, at);
    }
  } finally {
    await file.close();
  }
}
