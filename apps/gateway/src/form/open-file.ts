import type { StoredChecksum } from "@stave/object-store";
import { createChecksum } from "@stave/s3-checksum";
import type { ContentLengthRange } from "@stave/sigv4-verify";
import { type ClientChecksum, readClientChecksum } from "../body/checksum-headers.ts";
import { compareChecksum, entityTooLarge, readContentMd5, type VerifiedBody } from "../body/open-body.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

export interface OpenFileOptions {
  /** What the policy allows. */
  readonly range: ContentLengthRange | undefined;
  readonly maxSizeBytes: number;
}

/**
 * The file of a form as a verified body. Throws `InvalidDigest` and `InvalidRequest` for its checksum fields; its iteration
 * fails with `EntityTooLarge`, `EntityTooSmall`, `BadDigest`, and what that of the file fails with.
 */
export function openFile(
  file: AsyncIterable<Uint8Array>,
  headers: RequestHeaders,
  { range, maxSizeBytes }: OpenFileOptions,
): VerifiedBody {
  const contentMd5 = readContentMd5(headers["content-md5"]);
  const clientChecksum = readClientChecksum(headers);
  if (clientChecksum !== undefined && clientChecksum.value === undefined) {
    throw new S3Error("InvalidRequest", "The value specified in the x-amz-trailer header is not supported");
  }
  const maxBytes = Math.min(maxSizeBytes, range?.maxBytes ?? maxSizeBytes);
  let wanted = clientChecksum?.algorithm;
  let result: StoredChecksum | undefined;

  async function* verify(): AsyncGenerator<Uint8Array> {
    const checksum = wanted === undefined ? undefined : createChecksum(wanted);
    let sizeBytes = 0;
    for await (const chunk of file) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw entityTooLarge(sizeBytes, maxBytes);
      checksum?.update(chunk);
      yield chunk;
    }
    if (range !== undefined && sizeBytes < range.minBytes) throw entityTooSmall(sizeBytes, range.minBytes);
    if (wanted === undefined || checksum === undefined) return;
    const value = checksum.digest();
    if (clientChecksum !== undefined) compareChecksum(clientChecksum, undefined, value);
    result = { algorithm: wanted, type: "FULL_OBJECT", value };
  }

  const body: VerifiedBody = {
    declaredSizeBytes: undefined,
    contentMd5,
    clientChecksum,
    alsoCompute(algorithm: ClientChecksum["algorithm"]) {
      wanted ??= algorithm;
    },
    checksum: () => result,
    source: async () => body,
    release() {}, // its chunks belong to the request
    [Symbol.asyncIterator]: verify,
  };
  return body;
}

function entityTooSmall(sizeBytes: number, minBytes: number): S3Error {
  return new S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
    elements: { ProposedSize: String(sizeBytes), MinSizeAllowed: String(minBytes) },
  });
}
