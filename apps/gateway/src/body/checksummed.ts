import type { ObjectBody, StoredChecksum } from "@stave/object-store";
import { type ChecksumAlgorithm, createChecksum } from "@stave/s3-checksum";

/** Bytes that are stored again, with a checksum computed on their way. */
export function checksummed(
  chunks: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm,
): {
  readonly body: ObjectBody;
  /** Undefined until the body has ended. */
  readonly checksum: () => StoredChecksum | undefined;
} {
  let result: StoredChecksum | undefined;
  async function* pass(): AsyncGenerator<Uint8Array> {
    const sum = createChecksum(algorithm);
    for await (const chunk of chunks) {
      sum.update(chunk);
      yield chunk;
    }
    result = { algorithm, type: "FULL_OBJECT", value: sum.digest() };
  }
  return { body: { [Symbol.asyncIterator]: pass }, checksum: () => result };
}
