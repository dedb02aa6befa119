/** What Node's types leave out. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (pages: {
      readonly initial: number;
      readonly maximum: number;
    }) => { readonly buffer: ArrayBuffer };
  };
};

/** What disks and file systems ask of addresses, positions and lengths of direct writes; no known one asks for more. */
const alignmentBytes = 4096;

const wasmPageBytes = 64 * 1024;
const aligned = new WeakSet<ArrayBufferLike>();

/**
 * Memory that a disk can read from by itself. Node has no way to ask where a buffer lies; the memory of WebAssembly begins at
 * a page. Undefined where the system does not give the address space for it.
 */
export function allocateAligned(sizeBytes: number): Buffer | undefined {
  const pages = Math.ceil(sizeBytes / wasmPageBytes);
  try {
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
    aligned.add(buffer);
    return Buffer.from(buffer, 0, sizeBytes);
  } catch {
    return undefined;
  }
}

/** How many of these bytes, from the first on, can be written to this position without going through the page cache. */
export function alignedBytes({ buffer, byteOffset, length }: Uint8Array, position: number): number {
  const isAligned = byteOffset % alignmentBytes === 0 && position % alignmentBytes === 0 && aligned.has(buffer);
  return isAligned ? length - (length % alignmentBytes) : 0;
}
