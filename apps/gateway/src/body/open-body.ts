import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { decodeChunkedIterable } from "@stave/aws-chunked-stream";
import type { StoredChecksum } from "@stave/object-store";
import { type Checksum, createChecksum, parseContentMd5 } from "@stave/s3-checksum";
import type { PayloadMode } from "@stave/sigv4-verify";
import { S3Error } from "../errors/s3-error.ts";
import { readRequestBody } from "../http/read-request-body.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { type ClientChecksum, readClientChecksum } from "./checksum-headers.ts";

/** A body that ends cleanly only if every signature, length, hash and checksum that the request promised held. */
export interface VerifiedBody extends AsyncIterable<Uint8Array> {
  /** Hex of `Content-MD5`, for whoever computes the MD5 anyway. The only promise that is not verified here. */
  readonly contentMd5: string | undefined;
  /** What the client sent a checksum for; known before the body is read. */
  readonly clientChecksum: ClientChecksum | undefined;
  /** Computes this checksum too, when the client sends none. To be called before reading. */
  alsoCompute(algorithm: ClientChecksum["algorithm"]): void;
  /** The verified or computed checksum. Undefined until the body has ended. */
  checksum(): StoredChecksum | undefined;
}

export interface OpenBodyOptions {
  readonly payload: PayloadMode;
  /**
   * An object may come aws-chunked and must say how long it is; a document need not. Checksum headers beside a manifest
   * are those of the object it describes, not of the document itself.
   */
  readonly kind: "object" | "document" | "manifest";
  readonly maxSizeBytes: number;
  readonly idleTimeoutMs: number;
  readonly onStart?: () => void;
}

/**
 * Everything that can be refused by looking at the headers is refused here, before a byte is read: `EntityTooLarge`,
 * `MaxMessageLengthExceeded`, `MissingContentLength`, `InvalidDigest`, `InvalidRequest`. The rest fails the iteration:
 * `IncompleteBody`, `EntityTooLarge`, `SignatureDoesNotMatch`, `XAmzContentSHA256Mismatch`, `BadDigest`,
 * `MalformedTrailerError`, `RequestTimeout`.
 */
export function openBody(request: IncomingMessage, headers: RequestHeaders, options: OpenBodyOptions): VerifiedBody {
  const { payload, kind, maxSizeBytes } = options;
  const declaredSizeBytes = readDeclaredSize(headers, options);
  if (declaredSizeBytes !== undefined && declaredSizeBytes > maxSizeBytes) throw tooLarge(declaredSizeBytes, options);
  const contentMd5 = readContentMd5(headers["content-md5"]);
  const clientChecksum = kind === "manifest" ? undefined : readClientChecksum(headers);
  if (clientChecksum !== undefined && clientChecksum.value === undefined && !hasTrailer(payload)) {
    throw new S3Error("InvalidRequest", "The value specified in the x-amz-trailer header is not supported");
  }

  let trailers: ReadonlyMap<string, string> | undefined;
  const raw = readRequestBody(request, options);
  const decoded =
    payload.kind === "streaming"
      ? decodeChunkedIterable(raw, {
          ...payload,
          decodedSizeBytes: declaredSizeBytes ?? 0,
          expectedTrailers:
            clientChecksum !== undefined && clientChecksum.value === undefined ? [clientChecksum.header] : [],
          onTrailers: (values) => {
            trailers = values;
          },
        })
      : raw;

  let computed: { readonly algorithm: string; readonly sum: Checksum } | undefined;
  if (clientChecksum !== undefined)
    computed = { algorithm: clientChecksum.algorithm, sum: createChecksum(clientChecksum.algorithm) };
  let result: StoredChecksum | undefined;

  async function* verify(): AsyncGenerator<Uint8Array> {
    const sha256 = payload.kind === "hashed" ? createHash("sha256") : undefined;
    let sizeBytes = 0;
    for await (const chunk of decoded) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxSizeBytes) throw tooLarge(sizeBytes, options);
      sha256?.update(chunk);
      computed?.sum.update(chunk);
      yield chunk;
    }
    if (declaredSizeBytes !== undefined && sizeBytes !== declaredSizeBytes) throw incomplete();
    if (payload.kind === "hashed") compareHash(payload.sha256, sha256?.digest("hex") ?? "");
    if (computed !== undefined) {
      const value = computed.sum.digest();
      if (clientChecksum !== undefined) compareChecksum(clientChecksum, trailers, value);
      result = { algorithm: computed.algorithm, type: "FULL_OBJECT", value };
    }
  }

  return {
    contentMd5,
    clientChecksum,
    alsoCompute(algorithm) {
      computed ??= { algorithm, sum: createChecksum(algorithm) };
    },
    checksum: () => result,
    [Symbol.asyncIterator]: verify,
  };
}

function readDeclaredSize(headers: RequestHeaders, { payload, kind }: OpenBodyOptions): number | undefined {
  const isStreaming = payload.kind === "streaming";
  const text = headers[isStreaming ? "x-amz-decoded-content-length" : "content-length"];
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  const isChunkedTransfer = !isStreaming && headers["transfer-encoding"] !== undefined;
  if (text === undefined && (isChunkedTransfer || kind !== "object")) return undefined;
  throw new S3Error("MissingContentLength", "You must provide the Content-Length HTTP header.");
}

function readContentMd5(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    return parseContentMd5(header.trim()).hex;
  } catch (cause) {
    throw new S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.", {
      cause,
      elements: { "Content-MD5": header },
    });
  }
}

function hasTrailer(payload: PayloadMode): boolean {
  return payload.kind === "streaming" && payload.mode.endsWith("-TRAILER");
}

function compareHash(expected: string, actual: string): void {
  if (expected === actual) return;
  throw new S3Error(
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    {
      elements: { ClientComputedContentSHA256: expected, S3ComputedContentSHA256: actual },
    },
  );
}

function compareChecksum(
  client: ClientChecksum,
  trailers: ReadonlyMap<string, string> | undefined,
  actual: string,
): void {
  const expected = client.value ?? trailers?.get(client.header);
  if (expected === actual) return;
  throw new S3Error("BadDigest", `The ${client.algorithm} you specified did not match the calculated checksum.`);
}

function tooLarge(sizeBytes: number, { kind, maxSizeBytes }: OpenBodyOptions): S3Error {
  if (kind !== "object") {
    return new S3Error("MaxMessageLengthExceeded", "Your request was too big.", {
      elements: { MaxMessageLengthBytes: String(maxSizeBytes) },
    });
  }
  return new S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    elements: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(maxSizeBytes) },
  });
}

function incomplete(): S3Error {
  return new S3Error(
    "IncompleteBody",
    "You did not provide the number of bytes specified by the Content-Length HTTP header.",
  );
}
