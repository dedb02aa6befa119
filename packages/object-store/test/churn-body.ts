import { minPartBytes, patterned } from "../src/testing/case-tools.ts";

export function churnKey(name: string, n: number): string {
  return `${name}/${String(n).padStart(6, "0")}`;
}

/** In a segment, a file of its own, or in parts: the key says which, and what is in it. */
export function churnBody(key: string): Buffer {
  const n = Number(key.split("/").at(-1));
  const bytes = patterned(1000 + (n % 7), n);
  const sizeBytes = n % 16 === 7 ? minPartBytes + 1000 : n % 3 === 1 ? 200_000 : 1000;
  return Buffer.alloc(sizeBytes, bytes);
}
