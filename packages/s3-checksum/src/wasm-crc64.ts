import { createCRC64 } from "hash-wasm";

/** The checksum of all bytes, from the last of them and the checksum of those before. */
export type Crc64Function = (bytes: Uint8Array, previous: bigint) => bigint;

/** CRC64NVME in WebAssembly. Rejects where there is none. */
export async function loadWasmCrc64(): Promise<Crc64Function> {
  const hasher = await createCRC64(polynomial);
  const state = hasher.init().save();
  const register = new DataView(state.buffer, state.byteOffset + statePrefixBytes, 8);

  // One instance serves all checksums: its state is the checksum so far, carried in and out of every call.
  return (bytes, previous) => {
    register.setBigUint64(0, previous, true);
    const after = hasher.load(state).update(bytes).save();
    return new DataView(after.buffer, after.byteOffset + statePrefixBytes, 8).getBigUint64(0, true);
  };
}

const polynomial = "9a6c9329ac4bc9b5";

// A saved state starts with four bytes that name the version of hash-wasm's code.
const statePrefixBytes = 4;
