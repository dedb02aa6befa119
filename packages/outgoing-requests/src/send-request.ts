import { type ClientRequest, type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { type Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import type { AddressRules } from "./address-rules.ts";
import { addressRefused, allowsHost, guardedLookup } from "./guarded-lookup.ts";

export type OutgoingRequest = {
  readonly method: string;
  /** `http:` or `https:`, host and port: what is connected to. */
  readonly origin: URL;
  /** Path and query as they are sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
};

export type SendOptions = {
  readonly addresses: AddressRules;
  /** Ends the request, and everything with it. */
  readonly signal: AbortSignal;
  /** Without a byte for this long, in either direction, it fails. */
  readonly idleTimeoutMs: number;
  /** More of the answer's body is not read. */
  readonly maxAnswerBytes: number;
  readonly agent?: HttpAgent | HttpsAgent;
};

export type Answer = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** As much as was read. */
  readonly body: Buffer;
  /** There was more than may be read. */
  readonly isCut: boolean;
};

/**
 * Sends one request. Redirects are answers like any other. A name is resolved once, and the connection goes to an address that
 * was looked at: what the name means a moment later does not matter.
 */
export async function sendRequest(request: OutgoingRequest, options: SendOptions): Promise<Answer> {
  const { origin, method, target, headers, body } = request;
  const { addresses, signal, idleTimeoutMs, agent } = options;
  const host = origin.hostname.replace(/^\[|\]$/g, "");
  if (!allowsHost(addresses, origin)) throw addressRefused(host);
  const start = origin.protocol === "https:" ? httpsRequest : httpRequest;
  const client = start({
    method,
    host,
    port: origin.port === "" ? undefined : Number(origin.port),
    path: target,
    headers: withLength(headers, body),
    signal,
    lookup: guardedLookup(addresses),
    agent: agent ?? false,
    timeout: idleTimeoutMs,
  });
  client.on("timeout", () => client.destroy(new Error(`No byte for ${idleTimeoutMs} ms`)));
  const answer = readAnswer(client, options.maxAnswerBytes);
  answer.catch(() => {}); // it is awaited below, perhaps after the body has failed
  if (body === undefined || body instanceof Uint8Array) {
    client.end(body);
    return await answer;
  }
  // A server may refuse a body that it has not read: its answer says more than the broken connection.
  const [sent, answered] = await Promise.allSettled([pipeline(body, client), answer]);
  if (answered.status === "fulfilled" && (sent.status === "fulfilled" || answered.value.status >= 300)) {
    client.destroy();
    return answered.value;
  }
  throw sent.status === "rejected" ? sent.reason : (answered as PromiseRejectedResult).reason;
}

function withLength(headers: OutgoingRequest["headers"], body: OutgoingRequest["body"]): Record<string, string> {
  return body instanceof Uint8Array ? { ...headers, "content-length": String(body.length) } : { ...headers };
}

function readAnswer(client: ClientRequest, maxBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.on("error", reject);
    client.on("close", () => reject(new Error("The connection was closed before the answer was complete")));
    client.on("response", (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      const finish = (): void => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks), isCut: sizeBytes > maxBytes });
      };
      response.on("data", (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes <= maxBytes) {
          chunks.push(chunk);
          return;
        }
        finish();
        client.destroy();
      });
      response.on("end", finish);
      response.on("error", reject);
    });
  });
}
