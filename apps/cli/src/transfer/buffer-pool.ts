/** Memory for what is on its way. Who asks for more than there is waits for who came before. */
export type BufferPool = {
  /** As large as asked for, with whatever was in it. */
  take(sizeBytes: number): Promise<Buffer>;
  /** Once nobody reads or writes it any more. */
  give(buffer: Buffer): void;
  /** After a failure: the memory counts as free, but somebody may still look at it. */
  drop(buffer: Buffer): void;
};

/** What is asked for at once may not be more than `maxBytes`. */
export function createBufferPool(maxBytes: number): BufferPool {
  let free = maxBytes;
  /** Large ones are used again: memory that was never touched costs more than what is copied into it. */
  const spare: Buffer[] = [];
  const waiting: { readonly sizeBytes: number; readonly resolve: (buffer: Buffer) => void }[] = [];

  const make = (sizeBytes: number): Buffer => {
    free -= sizeBytes;
    const at = spare.findIndex(({ length }) => length === sizeBytes);
    const [known] = at === -1 ? [] : spare.splice(at, 1);
    return known ?? Buffer.allocUnsafeSlow(sizeBytes);
  };
  const serve = () => {
    for (;;) {
      const [next] = waiting;
      if (next === undefined || next.sizeBytes > free) return;
      waiting.shift();
      next.resolve(make(next.sizeBytes));
    }
  };
  return {
    take: (sizeBytes) =>
      waiting.length === 0 && sizeBytes <= free
        ? Promise.resolve(make(sizeBytes))
        : new Promise((resolve) => waiting.push({ sizeBytes, resolve })),
    give(buffer) {
      free += buffer.length;
      if (buffer.length >= reusedBytes && spare.length < maxSpare) spare.push(buffer);
      serve();
    },
    drop(buffer) {
      free += buffer.length;
      serve();
    },
  };
}

const reusedBytes = 1024 ** 2;
const maxSpare = 8;
