import type { ServerResponse } from "node:http";
import type { RequestMeter } from "../limits/rate-limits.ts";
import type { ResponseContent, S3Response } from "./s3-response.ts";

export interface SendResponseOptions {
  /** A client that takes no bytes for this long is cut off. */
  readonly idleTimeoutMs: number;
  /** Says when more of a content may be sent. */
  readonly meter?: RequestMeter | undefined;
  /** Awaited when the whole answer is on its way, before the connection may be closed. Not for content. */
  readonly beforeEnd?: (() => Promise<void>) | undefined;
}

/** Names and values in turn: what node:http writes fastest. */
export type HeaderList = string[];

/** Up to this size bytes join the text of the head: with that they fit what node:http writes from its stack, 16 KiB. */
const maxJoinedBytes = 12 * 1024;

/**
 * Writes an answer, with `headers` in front of its own. Resolves when it was handed to the connection, or the connection is
 * gone; the content is closed in every case. Throws what reading the content threw: the connection is destroyed then, as a
 * short body must never look like a whole one.
 */
export async function sendResponse(
  response: ServerResponse,
  answer: S3Response,
  headers: HeaderList,
  options: SendResponseOptions,
): Promise<void> {
  const { status, content, xml } = answer;
  for (const name in answer.headers) headers.push(name, answer.headers[name] ?? "");
  if (content !== undefined) {
    headers.push("content-length", String(content.sizeBytes));
    return sendContent(response, { status, headers, content }, options);
  }
  if (xml !== undefined) {
    const bytes = Buffer.from(xml);
    if (answer.headers?.["content-type"] === undefined) headers.push("content-type", "application/xml");
    headers.push("content-length", String(bytes.length));
    response.writeHead(status, headers);
    return end(response, bytes, options);
  }
  // An answer to HEAD announces the length of what GET would send.
  const hasLength = status === 204 || status === 304 || answer.headers?.["content-length"] !== undefined;
  if (!hasLength) headers.push("content-length", "0");
  response.writeHead(status, headers);
  return end(response, undefined, options);
}

async function end(
  response: ServerResponse,
  bytes: Buffer | undefined,
  { beforeEnd, idleTimeoutMs }: SendResponseOptions,
): Promise<void> {
  if (beforeEnd !== undefined) {
    if (bytes === undefined) response.flushHeaders();
    else response.write(bytes);
    await beforeEnd();
    response.end();
  } else if (bytes === undefined) response.end();
  else response.end(bytes);
  endInTime(response, idleTimeoutMs);
}

/** What a client does not read stays in memory: it gets so long for all that is left. */
function endInTime(response: ServerResponse, idleTimeoutMs: number): void {
  if (isTaken(response)) return;
  const timer = startTimer(response, idleTimeoutMs);
  const stop = () => clearTimeout(timer);
  response.on("finish", stop).on("close", stop);
}

/** Gives up an answer. One without a socket waits for those before it on its connection, and has its time after them. */
function startTimer(response: ServerResponse, idleTimeoutMs: number): NodeJS.Timeout {
  const timer = setTimeout(() => {
    if (response.socket === null && !response.destroyed) timer.refresh();
    else response.destroy();
  }, idleTimeoutMs);
  return timer;
}

type ContentAnswer = { readonly status: number; readonly headers: HeaderList; readonly content: ResponseContent };

async function sendContent(
  response: ServerResponse,
  { status, headers, content }: ContentAnswer,
  options: SendResponseOptions,
): Promise<void> {
  try {
    response.writeHead(status, headers);
    if (response.req.method === "HEAD") response.end();
    else if (content.bytes === undefined) await pump(response, content, options);
    else await endWithBytes(response, content.bytes, { sizeBytes: content.sizeBytes, ...options });
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    await content.close();
  }
}

/** The bytes are lent: resolves when nothing refers to them any more. */
async function endWithBytes(
  response: ServerResponse,
  bytes: Uint8Array,
  { sizeBytes, idleTimeoutMs }: SendResponseOptions & { readonly sizeBytes: number },
): Promise<void> {
  if (bytes.length !== sizeBytes) throw wrongLength(sizeBytes, bytes.length);
  if (bytes.length > maxJoinedBytes) return createSender(response, idleTimeoutMs)(bytes, true);
  // As text, one character a byte, node:http joins it with the head: one copy, and one write instead of a vector of two.
  response.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"), "latin1");
  endInTime(response, idleTimeoutMs);
}

async function pump(
  response: ServerResponse,
  content: ResponseContent,
  { idleTimeoutMs, meter }: SendResponseOptions,
): Promise<void> {
  const send = createSender(response, idleTimeoutMs);
  let sentBytes = 0;
  for await (const chunk of content.chunks()) {
    const pause = meter?.pause();
    if (pause !== undefined) await pause;
    if (response.destroyed) return;
    sentBytes += chunk.length;
    // The chunk's buffer is used again for the next one: wait until this one has left.
    await send(chunk, sentBytes === content.sizeBytes);
  }
  if (sentBytes !== content.sizeBytes && !response.destroyed) throw wrongLength(content.sizeBytes, sentBytes);
}

/** Sends bytes that are lent: resolves when the kernel has all of them, or nobody wants them any more. */
function createSender(
  response: ServerResponse,
  idleTimeoutMs: number,
): (bytes: Uint8Array, isLast: boolean) => Promise<void> | undefined {
  let idle: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;
  const finish = () => {
    clearTimeout(idle);
    wake?.();
  };
  return (bytes, isLast) => {
    if (isLast) {
      response.end(bytes);
      // Mostly the kernel takes all at once. Only a client that has to be waited for is worth a timer.
      if (isTaken(response)) return undefined;
    } else {
      response.write(bytes, finish);
    }
    if (wake === undefined) response.on("finish", finish).on("close", finish);
    return new Promise((resolve) => {
      wake = resolve;
      idle = startTimer(response, idleTimeoutMs);
    });
  };
}

/** An answer that waits for one before it on its connection has no socket yet. */
function isTaken({ destroyed, socket, writableLength }: ServerResponse): boolean {
  return destroyed || (socket !== null && writableLength === 0);
}

function wrongLength(expectedBytes: number, sentBytes: number): Error {
  return new Error(`Expected ${expectedBytes} bytes of content, got ${sentBytes}`);
}
