import { createHash, hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { decodeChunkedIterable } from "@stave/aws-chunked-stream";
import type { ObjectBody, StoredChecksum } from "@stave/object-store";
import { checksumOf, createChecksum, parseContentMd5 } from "@stave/s3-checksum";
import type { PayloadMode } from "@stave/sigv4-verify";
import { S3Error } from "../errors/s3-error.ts";
import { incompleteBody, readRequestBody } from "../http/read-request-body.ts";
import { maxWholeBytes, readWholeBody, releaseWholeBody } from "../http/read-whole-body.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { RequestMeter } from "../limits/rate-limits.ts";
import { type ClientChecksum, readClientChecksum } from "./checksum-headers.ts";

/** A body that ends cleanly only if every signature, length, hash and checksum that the request promised held. */
export interface VerifiedBody extends AsyncIterable<Uint8Array> {
  /** How many bytes the client says it will send; undefined when it does not say. */
  readonly declaredSizeBytes: number | undefined;
  /** Hex of `Content-MD5`, for whoever computes the MD5 anyway. The only promise that is not verified here. */
  readonly contentMd5: string | undefined;
  /** What the client sent a checksum for; known before the body is read. */
  readonly clientChecksum: ClientChecksum | undefined;
  /** Computes this checksum too, when the client sends none. To be called before reading. */
  alsoCompute(algorithm: ClientChecksum["algorithm"]): void;
  /** The verified or computed checksum. Undefined until the body has ended. */
  checksum(): StoredChecksum | undefined;
  /**
   * What the store is to read, once, instead of the iteration: all bytes, verified, of a body that is small and arriving, else
   * the body itself. Throws what the iteration throws.
   */
  source(): Promise<ObjectBody>;
  /** To be called when the request is over: the bytes of `source` are not to be used any more. */
  release(): void;
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
  readonly meter?: RequestMeter | undefined;
  /** False while the client waits for `100 Continue`. */
  readonly isComing: boolean;
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
  const decode = (raw: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => {
    if (payload.kind !== "streaming") return raw;
    return decodeChunkedIterable(raw, {
      ...payload,
      decodedSizeBytes: declaredSizeBytes ?? 0,
      expectedTrailers:
        clientChecksum !== undefined && clientChecksum.value === undefined ? [clientChecksum.header] : [],
      onTrailers: (values) => {
        trailers = values;
      },
    });
  };

  let wanted = clientChecksum?.algorithm;
  let result: StoredChecksum | undefined;
  const finish = (sizeBytes: number, sha256: string | undefined, checksum: string | undefined): void => {
    if (declaredSizeBytes !== undefined && sizeBytes !== declaredSizeBytes) throw incompleteBody();
    if (payload.kind === "hashed") compareHash(payload.sha256, sha256 ?? "");
    if (wanted === undefined || checksum === undefined) return;
    if (clientChecksum !== undefined) compareChecksum(clientChecksum, trailers, checksum);
    result = { algorithm: wanted, type: "FULL_OBJECT", value: checksum };
  };

  async function* verify(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const sha256 = payload.kind === "hashed" ? createHash("sha256") : undefined;
    const checksum = wanted === undefined ? undefined : createChecksum(wanted);
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxSizeBytes) throw tooLarge(sizeBytes, options);
      sha256?.update(chunk);
      checksum?.update(chunk);
      yield chunk;
    }
    finish(sizeBytes, sha256?.digest("hex"), checksum?.digest());
  }

  // Most requests of a busy server are small: their bytes go from hand to hand at once, not through three generators.
  async function readWhole(): Promise<Uint8Array> {
    const received = readWholeBody(request, {
      idleTimeoutMs: options.idleTimeoutMs,
      sizeBytes: Number(headers["content-length"]),
    });
    const raw = received instanceof Buffer ? received : await received;
    whole = raw;
    const bytes = payload.kind === "streaming" ? await concat(decode(once(raw))) : raw;
    const checksum = wanted === undefined ? undefined : checksumOf(wanted, bytes);
    finish(bytes.length, payload.kind === "hashed" ? hash("sha256", bytes) : undefined, checksum);
    return bytes;
  }

  let whole: Buffer | undefined;
  const body: VerifiedBody = {
    declaredSizeBytes,
    contentMd5,
    clientChecksum,
    alsoCompute(algorithm) {
      wanted ??= algorithm;
    },
    checksum: () => result,
    source: async () => (isSmall(headers, options) ? readWhole() : body),
    release() {
      if (whole !== undefined) releaseWholeBody(whole);
      whole = undefined;
    },
    // The decoder of aws-chunked keeps what it has not decoded yet, and who reads a document keeps all of it.
    [Symbol.asyncIterator]: () =>
      verify(
        decode(
          readRequestBody(request, { ...options, freesChunks: kind === "object" && payload.kind !== "streaming" }),
        ),
      ),
  };
  return body;
}

/** A client that asks first whether it may send is answered before its body is read. */
function isSmall(headers: RequestHeaders, { isComing }: OpenBodyOptions): boolean {
  const length = headers["content-length"];
  return isComing && length !== undefined && /^\d{1,6}$/.test(length) && Number(length) <= maxWholeBytes;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function concat(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

function readDeclaredSize(headers: RequestHeaders, { payload, kind }: OpenBodyOptions): number | undefined {
  const isStreaming = payload.kind === "streaming";
  const text = headers[isStreaming ? "x-amz-decoded-content-length" : "content-length"];
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  const isChunkedTransfer = !isStreaming && headers["transfer-encoding"] !== undefined;
  if (text === undefined && (isChunkedTransfer || kind !== "object")) return undefined;
  throw new S3Error("MissingContentLength", "You must provide the Content-Length HTTP header.");
}

/** Hex. Throws `InvalidDigest`. */
export function readContentMd5(header: string | undefined): string | undefined {
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

/** Throws `BadDigest`. */
export function compareChecksum(
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
  return entityTooLarge(sizeBytes, maxSizeBytes);
}

export function entityTooLarge(sizeBytes: number, maxSizeBytes: number): S3Error {
  return new S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    elements: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(maxSizeBytes) },
  });
}
