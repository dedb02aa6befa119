import { request } from "node:http";
import type { TestApi } from "./start-api.ts";

export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
};

export type RawCall = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** Sends the path as it is: `fetch` would remove dot segments, which are part of keys. */
export function rawCall(api: TestApi, path: string, { method = "GET", headers = {}, body }: RawCall = {}) {
  const { hostname, port } = new URL(api.endpoint);
  return new Promise<RawAnswer>((resolve, reject) => {
    const authorization = `Bearer ${api.token}`;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = request(
      { hostname, port, method, path, headers: { authorization, ...length, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const isJson = /\bjson\b/.test(response.headers["content-type"] ?? "") && bytes.length > 0;
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            bytes,
            body: isJson ? JSON.parse(bytes.toString()) : undefined,
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
