/** Bytes that come in chunks of any size, taken apart where delimiters stand. */
export type DelimitedBytes = {
  /**
   * All bytes before the delimiter, which is skipped; or, when it never comes, all there are. They are valid until the next call.
   * More than `maxBytes` throw what `tooLong` makes.
   */
  take(
    delimiter: Buffer,
    options: { readonly maxBytes: number; readonly tooLong: () => Error },
  ): Promise<{ readonly bytes: Buffer; readonly isDelimited: boolean }>;
  /** The same, however many they are, as they come. Throws what `missing` makes when the delimiter never comes. */
  stream(delimiter: Buffer, missing: () => Error): AsyncGenerator<Uint8Array>;
  /** Reads what is left and keeps nothing. */
  drain(options: { readonly maxBytes: number; readonly tooLong: () => Error }): Promise<void>;
};

/**
 * Reads each chunk to its end before it asks for the next one, and keeps none of it: a source may reuse or free its buffers.
 * The first byte of a delimiter must not occur in it again.
 */
export function createDelimitedBytes(chunks: AsyncIterator<Uint8Array>, before: Buffer): DelimitedBytes {
  const held = createHeldBytes(before);

  return {
    async take(delimiter, { maxBytes, tooLong }) {
      let scanned = 0;
      while (true) {
        const bytes = held.bytes();
        const at = bytes.indexOf(delimiter, Math.max(0, scanned - delimiter.length + 1));
        if ((at === -1 ? bytes.length - delimiter.length + 1 : at) > maxBytes) throw tooLong();
        if (at !== -1) {
          held.skip(at + delimiter.length);
          return { bytes: bytes.subarray(0, at), isDelimited: true };
        }
        scanned = bytes.length;
        const next = await chunks.next();
        if (next.done === true) {
          held.skip(bytes.length);
          return { bytes, isDelimited: false };
        }
        held.append(next.value);
      }
    },
    async *stream(delimiter, missing) {
      let bytes: Uint8Array = held.bytes();
      while (true) {
        const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        const at = view.indexOf(delimiter);
        const end = at === -1 ? view.length - beginningLength(view, delimiter) : at;
        if (end > 0) yield view.subarray(0, end);
        held.replace(view.subarray(at === -1 ? end : at + delimiter.length));
        if (at !== -1) return;
        const next = await chunks.next();
        if (next.done === true) throw missing();
        bytes = next.value;
        if (held.bytes().length === 0) continue;
        held.append(next.value);
        bytes = held.bytes();
      }
    },
    async drain({ maxBytes, tooLong }) {
      let drainedBytes = held.bytes().length;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
        drainedBytes += next.value.length;
        if (drainedBytes > maxBytes) throw tooLong();
      }
    },
  };
}

/** How many bytes at the end may be the beginning of a delimiter. */
function beginningLength(bytes: Buffer, delimiter: Buffer): number {
  const from = Math.max(0, bytes.length - delimiter.length + 1);
  const at = bytes.lastIndexOf(delimiter[0] ?? 0);
  if (at < from) return 0;
  const length = bytes.length - at;
  return bytes.subarray(at).equals(delimiter.subarray(0, length)) ? length : 0;
}

/** Memory that grows by doubling, so that a form in chunks of one byte is copied a few times and not once for each byte. */
function createHeldBytes(initial: Buffer) {
  let memory = Buffer.from(initial);
  let start = 0;
  let end = memory.length;
  return {
    bytes: () => memory.subarray(start, end),
    skip(count: number): void {
      start += count;
    },
    append(chunk: Uint8Array): void {
      const needed = end - start + chunk.length;
      if (end + chunk.length > memory.length) {
        const target = Buffer.allocUnsafe(Math.max(2 * needed, 1024));
        memory.copy(target, 0, start, end);
        memory = target;
        end -= start;
        start = 0;
      }
      memory.set(chunk, end);
      end += chunk.length;
    },
    replace(bytes: Buffer): void {
      memory = Buffer.from(bytes);
      start = 0;
      end = memory.length;
    },
  };
}
