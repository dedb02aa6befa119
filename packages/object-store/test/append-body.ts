import { patterned } from "../src/testing/case-tools.ts";

const pattern = patterned(65_521, 42);

/** What every object of these tests begins with, however it was written, copied and renamed. */
export function appendBody(first: number, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let at = 0; at < sizeBytes; ) {
    at += pattern.copy(bytes, at, (first + at) % pattern.length);
  }
  return bytes;
}

/** Only ever appended to. */
export const ledger = "ledger";
