import { createHash } from "node:crypto";
import { Agent, request as httpRequest, type RequestOptions } from "node:http";
import { signRequest } from "@stave/sigv4-verify";
import type { Address } from "../ledger.ts";

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type S3Request = {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Nothing: the service itself. Without a key: the bucket. */
  readonly at?: { readonly bucket: string; readonly key?: string };
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
};

export type S3Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** Path style, signed by header, the payload's hash included: what every S3 server understands. */
export interface S3Client {
  /** Fails if there is no answer, or if it is cut short. */
  send(request: S3Request): Promise<S3Answer>;
  /** Closes its connections. */
  close(): void;
}

export interface S3ClientOptions {
  readonly port: number;
  readonly credentials: Credentials;
  readonly region: string;
  /** @default 30000 */
  readonly timeoutMs?: number;
}

export function createS3Client({ port, credentials, region, timeoutMs = 30_000 }: S3ClientOptions): S3Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    async send({ method, at, query = {}, headers = {}, body = "" }) {
      const bytes = Buffer.from(body);
      const url = `http://127.0.0.1:${port}${targetOf(at, query)}`;
      const payloadHash = createHash("sha256").update(bytes).digest("hex");
      const signed = await signRequest({ method, url, headers }, { ...credentials, region, payloadHash });
      const hasBody = method === "PUT" || method === "POST";
      const sent = { ...signed.headers, ...(hasBody && { "content-length": String(bytes.length) }) };
      return exchange(
        { host: "127.0.0.1", port, agent, method, path: signed.target, headers: sent, timeout: timeoutMs },
        bytes,
      );
    },
    close: () => agent.destroy(),
  };
}

/** The path of an object, escaped, as in `x-amz-copy-source`. */
export function pathOf({ bucket, key }: Address): string {
  return `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

function targetOf(at: S3Request["at"], query: Readonly<Record<string, string>>): string {
  const path =
    at === undefined ? "/" : at.key === undefined ? `/${at.bucket}` : pathOf({ bucket: at.bucket, key: at.key });
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

function exchange(options: RequestOptions, body: Buffer): Promise<S3Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(options);
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let received = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        received += chunk.length;
      });
      response.on("error", () => reject(new Error(`the answer ended after ${received} bytes of its body`)));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(body);
  });
}
