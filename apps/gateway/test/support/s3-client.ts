import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { SignatureV4 } from "@smithy/signature-v4";
import { chunkedBody } from "./chunked-body.ts";
import { elementTexts } from "./element-texts.ts";
import { ann, type TestAccount } from "./start-gateway.ts";

export const streamingModes = [
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
] as const;
export type StreamingMode = (typeof streamingModes)[number];

export type S3Request = {
  /** @default "GET" */
  readonly method?: string;
  /** As it stands in the request line, without the query. */
  readonly path: string;
  /** Decoded; they are sent and signed escaped. */
  readonly query?: Readonly<Record<string, string>>;
  /** Sent and, except a few that no client signs, signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent and not signed. */
  readonly unsignedHeaders?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** `x-amz-content-sha256`; a streaming mode also encodes the body. @default the SHA-256 of the body */
  readonly payload?: StreamingMode | "UNSIGNED-PAYLOAD" | (string & {});
  /** Of the streaming modes. */
  readonly chunkSizeBytes?: number;
  /** Of the streaming modes that have one. @default the CRC32 of the body */
  readonly trailer?: readonly [name: string, value: string];
  /** `null`: anonymous. @default ann */
  readonly account?: TestAccount | null;
  /** @default "127.0.0.1" and the port */
  readonly host?: string;
  readonly region?: string;
  readonly signingDate?: Date;
};

export type PresignRequest = Pick<S3Request, "method" | "path" | "query" | "headers" | "host" | "signingDate"> & {
  readonly account?: TestAccount;
  /** @default 60 */
  readonly expiresInSeconds?: number;
};

/** A request ready for the wire. */
export type WireRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type S3Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly text: string;
  /** `Code` of the error document, if it is one. */
  readonly code: string | undefined;
  /** Decoded texts of all elements of this name, in order. */
  all(name: string): string[];
  /** The first of them. */
  one(name: string): string | undefined;
};

export interface S3Client {
  readonly port: number;
  /** Signs by header. */
  sign(request: S3Request): Promise<WireRequest>;
  presign(request: PresignRequest): Promise<WireRequest>;
  send(request: WireRequest): Promise<S3Answer>;
  /** `sign`, then `send`. */
  call(request: S3Request): Promise<S3Answer>;
}

/** A client without opinions: what a test asks for goes to the wire as it is. */
export function createS3Client({ port }: { readonly port: number }): S3Client {
  const sign = (request: S3Request) => signRequest(request, port);
  const send = (request: WireRequest) => sendRequest(request, port);
  return {
    port,
    sign,
    send,
    presign: (request) => presignRequest(request, port),
    call: async (request) => send(await sign(request)),
  };
}

/** `/bucket/key` with each byte escaped that a careful client escapes. */
export function objectPath(bucket: string, key: string): string {
  return `/${bucket}/${escapeKey(key)}`;
}

export function escapeKey(key: string): string {
  return key.split("/").map(escapeText).join("/");
}

/** RFC 3986: everything but unreserved characters. */
export function escapeText(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

export function md5(body: string | Buffer): string {
  return createHash("md5").update(body).digest("hex");
}

async function signRequest(request: S3Request, port: number): Promise<WireRequest> {
  const { method = "GET", path, query = {}, unsignedHeaders = {}, account = ann } = request;
  const plain = Buffer.from(request.body ?? "");
  const payload = request.payload ?? sha256(plain);
  const mode = streamingModes.find((known) => known === payload);
  const host = request.host ?? `127.0.0.1:${port}`;
  const target = withQuery(path, query);
  const headers: Record<string, string> = {
    ...(mode !== undefined && {
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": String(plain.length),
    }),
    ...(mode?.endsWith("-TRAILER") && { "x-amz-trailer": request.trailer?.[0] ?? "x-amz-checksum-crc32" }),
    ...request.headers,
    host,
  };
  if (account === null) {
    const sent = request.payload === undefined ? headers : { ...headers, "x-amz-content-sha256": payload };
    return { method, target, headers: withLength({ ...sent, ...unsignedHeaders }, plain), body: plain };
  }

  const signingDate = request.signingDate ?? new Date();
  const signed = await signerOf(account, request.region).sign(
    smithyRequest({ method, path, query, headers: { ...headers, "x-amz-content-sha256": payload } }),
    { signingDate },
  );
  const body =
    mode === undefined
      ? plain
      : chunkedBody(plain, {
          mode,
          authorization: signed.headers.authorization ?? "",
          timestamp: signed.headers["x-amz-date"] ?? "",
          secretAccessKey: account.secretAccessKey,
          ...(request.chunkSizeBytes !== undefined && { chunkSizeBytes: request.chunkSizeBytes }),
          ...(request.trailer !== undefined && { trailer: request.trailer }),
        });
  return { method, target, headers: withLength({ ...signed.headers, ...unsignedHeaders }, body), body };
}

async function presignRequest(request: PresignRequest, port: number): Promise<WireRequest> {
  const { method = "GET", path, query = {}, account = ann, expiresInSeconds = 60 } = request;
  const headers = { ...request.headers, host: request.host ?? `127.0.0.1:${port}` };
  const signed = await signerOf(account).presign(
    smithyRequest({ method, path, query, headers: { ...headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } }),
    { expiresIn: expiresInSeconds, signingDate: request.signingDate ?? new Date() },
  );
  return {
    method,
    target: withQuery(path, signed.query as Record<string, string>),
    headers: signed.headers,
    body: Buffer.alloc(0),
  };
}

function sendRequest({ method, target, headers, body }: WireRequest, port: number): Promise<S3Answer> {
  return new Promise((resolve, reject) => {
    // A connection each: what happens to one request cannot disturb the next.
    const request = httpRequest({ host: "127.0.0.1", port, method, path: target, headers, agent: false });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve(readAnswer({ status, headers: headers as Record<string, string>, body: Buffer.concat(chunks) }));
      });
    });
    request.end(body);
  });
}

export function readAnswer(answer: Pick<S3Answer, "status" | "headers" | "body">): S3Answer {
  const text = answer.body.toString();
  const all = (name: string) => elementTexts(text, name);
  const code = /<Error>/.test(text) && answer.status >= 300 ? all("Code")[0] : undefined;
  return { ...answer, text, code, all, one: (name) => all(name)[0] };
}

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

function withLength(headers: Record<string, string>, body: Buffer): Record<string, string> {
  const isDeclared = "content-length" in headers || "transfer-encoding" in headers;
  return isDeclared ? headers : { ...headers, "content-length": String(body.length) };
}

function smithyRequest(request: {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}) {
  return { ...request, protocol: "http:", hostname: "127.0.0.1", query: { ...request.query } };
}

function signerOf({ accessKeyId, secretAccessKey, sessionToken }: TestAccount, region = "us-east-1") {
  return new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    region,
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
}

/** What the SDK's signer wants of a hash. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", toBytes(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function sha256(body: Buffer): string {
  return createHash("sha256").update(body).digest("hex");
}
