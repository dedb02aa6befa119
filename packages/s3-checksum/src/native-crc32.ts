import { createRequire } from "node:module";
import { crc32 } from "node:zlib";
import { slicingCrc32c } from "./slicing-crc.ts";

/** The checksum of all bytes, from the last of them and the checksum of those before. */
export type Crc32Function = (bytes: Uint8Array, previous: number) => number;

export type Crc32Functions = { readonly crc32: Crc32Function; readonly crc32c: Crc32Function };

/**
 * The fastest CRC32 and CRC32C that this platform can load.
 *
 * The native package comes as one prebuilt file for each platform and throws when it has none for this one, which an
 * `import` could not survive.
 */
export function loadCrc32(load: (name: string) => unknown): Crc32Functions & { readonly isNative: boolean } {
  try {
    return { ...(load("@node-rs/crc32") as Crc32Functions), isNative: true };
  } catch {
    // Not hidden: `loadChecksums` tells the caller what is in use.
    return { crc32, crc32c: slicingCrc32c, isNative: false };
  }
}

export const native = loadCrc32(createRequire(import.meta.url));
