import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { ResponseContent, S3Response } from "./s3-response.ts";

export interface SendResponseOptions {
  /** A client that takes no bytes for this long is cut off. */
  readonly idleTimeoutMs: number;
  /** Awaited when the whole answer is on its way, before the connection may be closed. Not for content. */
  readonly beforeEnd?: (() => Promise<void>) | undefined;
}

/**
 * Writes an answer. Resolves when it was handed to the connection, or the connection is gone; the content is closed in
 * every case. Throws what reading the content threw: the connection is destroyed then, as a short body must never look
 * like a whole one.
 */
export async function sendResponse(
  response: ServerResponse,
  { status, headers, xml, content }: S3Response,
  options: SendResponseOptions,
): Promise<void> {
  if (content !== undefined) return sendContent(response, { status, headers: headers ?? {}, content }, options);
  if (xml !== undefined) {
    const bytes = Buffer.from(xml);
    response.writeHead(status, { "content-type": "application/xml", ...headers, "content-length": bytes.length });
    return end(response, bytes, options);
  }
  // An answer to HEAD announces the length of what GET would send.
  const hasLength = status === 204 || status === 304 || headers?.["content-length"] !== undefined;
  response.writeHead(status, hasLength ? headers : { ...headers, "content-length": 0 });
  return end(response, Buffer.alloc(0), options);
}

async function end(response: ServerResponse, bytes: Buffer, { beforeEnd }: SendResponseOptions): Promise<void> {
  if (beforeEnd === undefined) {
    response.end(bytes);
    return;
  }
  if (bytes.length > 0) response.write(bytes);
  else response.flushHeaders();
  await beforeEnd();
  response.end();
}

async function sendContent(
  response: ServerResponse,
  { status, headers, content }: Required<Pick<S3Response, "status" | "headers" | "content">>,
  options: SendResponseOptions,
): Promise<void> {
  try {
    response.writeHead(status, { ...headers, "content-length": content.sizeBytes });
    if (response.req.method !== "HEAD") await pump(response, content, options);
    else response.end();
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    await content.close();
  }
}

async function pump(
  response: ServerResponse,
  content: ResponseContent,
  { idleTimeoutMs }: SendResponseOptions,
): Promise<void> {
  let sentBytes = 0;
  const idle = setTimeout(() => response.destroy(), idleTimeoutMs);
  const closed = once(response, "close");
  try {
    for await (const chunk of content.chunks()) {
      if (response.destroyed) return;
      sentBytes += chunk.length;
      const isLast = sentBytes === content.sizeBytes;
      // The chunk's buffer is used again for the next one: wait until this one has left.
      const written = new Promise<void>((resolve) => {
        if (isLast) response.end(chunk, () => resolve());
        else response.write(chunk, () => resolve());
      });
      await Promise.race([written, closed]);
      idle.refresh();
    }
    if (sentBytes === 0) response.end();
    else if (sentBytes !== content.sizeBytes && !response.destroyed) {
      throw new Error(`Expected ${content.sizeBytes} bytes of content, got ${sentBytes}`);
    }
  } finally {
    clearTimeout(idle);
  }
}
