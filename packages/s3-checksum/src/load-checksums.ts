import { native } from "./native-crc32.ts";
import { slicingCrc64 } from "./slicing-crc.ts";
import { type Crc64Function, loadWasmCrc64 } from "./wasm-crc64.ts";

/** What computes each CRC in this process. All give the same values; `javascript` is the slowest. */
export type ChecksumEngines = {
  readonly CRC32: "native" | "zlib";
  readonly CRC32C: "native" | "javascript";
  readonly CRC64NVME: "wasm" | "javascript";
};

/**
 * Loads the fast CRC64NVME, which is asynchronous only the first time; call it once when the process starts.
 *
 * Everything works without it, with CRC64NVME at about a quarter of its speed. So does a platform that has no WebAssembly:
 * the promise never rejects, and says what is in use.
 *
 * @example
 * const engines = await loadChecksums(); // { CRC32: "native", CRC32C: "native", CRC64NVME: "wasm" }
 */
export async function loadChecksums(): Promise<ChecksumEngines> {
  loading ??= loadWasmCrc64().then(
    (wasm) => {
      fastCrc64 = wasm;
    },
    () => undefined,
  );
  await loading;
  return {
    CRC32: native.isNative ? "native" : "zlib",
    CRC32C: native.isNative ? "native" : "javascript",
    CRC64NVME: fastCrc64 === undefined ? "javascript" : "wasm",
  };
}

/** The best CRC64NVME so far. A checksum may change from one to the other between two calls: both carry the same state. */
export function crc64nvme(bytes: Uint8Array, previous: bigint): bigint {
  return (fastCrc64 ?? slicingCrc64)(bytes, previous);
}

// Compiled code, the same for every caller: the one module state here.
let loading: Promise<void> | undefined;
let fastCrc64: Crc64Function | undefined;
