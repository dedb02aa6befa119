import { createByteShift } from "./crc-arithmetic.ts";
import { crcParameters } from "./crc-parameters.ts";
import { laneBytes, layout, writeCrc64Module } from "./crc64-module.ts";
import { createTables } from "./slicing-crc.ts";

/** The checksum of all bytes, from the last of them and the checksum of those before. */
export type Crc64Function = (bytes: Uint8Array, previous: bigint) => bigint;

/** CRC64NVME in WebAssembly. Rejects where there is none. */
export async function loadWasmCrc64(): Promise<Crc64Function> {
  const { instance } = await WebAssembly.instantiate(writeCrc64Module());
  const { memory, update } = instance.exports as Exports;
  writeStepTables(memory);
  writeShiftTables(memory);
  const data = new Uint8Array(memory.buffer, layout.data, layout.dataBytes);

  // One instance serves all checksums: nothing of one stays in it between two calls.
  return (bytes, previous) => {
    let register = ~previous;
    for (let at = 0; at < bytes.length; at += layout.dataBytes) {
      const piece = bytes.length <= layout.dataBytes ? bytes : bytes.subarray(at, at + layout.dataBytes);
      data.set(piece);
      register = update(layout.data, piece.length, register);
    }
    return BigInt.asUintN(64, ~register);
  };
}

/** What is used of it here: the types of Node.js leave it to those of browsers. */
declare const WebAssembly: {
  instantiate(module: Uint8Array): Promise<{ readonly instance: { readonly exports: unknown } }>;
};

type Memory = { readonly buffer: ArrayBuffer };

/** What {@link writeCrc64Module} exports. */
type Exports = {
  readonly memory: Memory;
  readonly update: (address: number, length: number, register: bigint) => bigint;
};

function writeStepTables({ buffer }: Memory): void {
  const { high, low } = createTables("CRC64NVME");
  const words = new DataView(buffer, layout.stepTables);
  for (const [at, word] of low.entries()) {
    words.setInt32(8 * at, word, true);
    words.setInt32(8 * at + 4, high[at] ?? 0, true);
  }
}

function writeShiftTables({ buffer }: Memory): void {
  const shift = createByteShift(crcParameters.CRC64NVME);
  const words = new DataView(buffer, layout.shiftTables);
  for (let place = 0; place < 8; place += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      const isLow = place < 4;
      const bits = byte << (8 * (place % 4));
      const { high, low } = shift({ high: isLow ? 0 : bits, low: isLow ? bits : 0 }, laneBytes);
      const at = 8 * (256 * place + byte);
      words.setInt32(at, low, true);
      words.setInt32(at + 4, high, true);
    }
  }
}
