import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { type TarEntry, writeTar } from "./write-tar.ts";

/** Files that an image is made of, as a tar on this disk. */
export type ImageLayer = {
  readonly file: string;
  readonly sizeBytes: number;
  /** `sha256:…` of the tar. */
  readonly digest: string;
};

export async function writeLayer(file: string, entries: Iterable<TarEntry>): Promise<ImageLayer> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const target = await open(file, "w");
  try {
    for (const bytes of writeTar(entries)) {
      hash.update(bytes);
      sizeBytes += bytes.length;
      await target.writeFile(bytes);
    }
  } finally {
    await target.close();
  }
  return { file, sizeBytes, digest: `sha256:${hash.digest("hex")}` };
}
