import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createRandom } from "../random.ts";

/** Changes one byte of the largest segment: the negative control of what is judged after a kill. */
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
    const at = createRandom(seed, "corruption").below(largest.sizeBytes);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.of((byte[0] ?? 0) ^ 0x55), 0, 1, at);
  } finally {
    await file.close();
  }
}
