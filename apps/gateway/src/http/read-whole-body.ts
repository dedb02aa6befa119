import type { IncomingMessage } from "node:http";
import { freeChunk } from "./free-chunk.ts";
import { incompleteBody, stalledBody } from "./read-request-body.ts";

/** What one request may hold before anybody has asked for its bytes; the same as it may hold queued. */
export const maxWholeBytes = 256 * 1024;

/**
 * All bytes of a request that announced at most {@link maxWholeBytes}, and sends them unasked. For small bodies this costs a
 * tenth of the generator of `readRequestBody`: mostly the body has arrived with the headers, and nothing has to be awaited.
 * Throws `IncompleteBody` and `RequestTimeout`, as that does.
 */
export function readWholeBody(
  request: IncomingMessage,
  { idleTimeoutMs, sizeBytes }: { readonly idleTimeoutMs: number; readonly sizeBytes: number },
): Buffer | Promise<Buffer> {
  if (request.complete && !request.destroyed) return (request.read() as Buffer | null) ?? noBytes;
  return collect(request, { idleTimeoutMs, bytes: takeBuffer(sizeBytes) });
}

/** To be called when the bytes are not needed any more, with the whole of them. */
export function releaseWholeBody({ buffer }: Buffer): void {
  const lent = pool.lent.get(buffer);
  if (lent === undefined) return;
  pool.lent.delete(buffer);
  if (pool.idle.length < maxIdleBuffers) pool.idle.push(lent);
}

/** Below it a body mostly comes in one piece, and is a cheap thing to collect. */
const minPooledBytes = 16 * 1024;
const maxIdleBuffers = 64;

/**
 * Buffers that are used again: memory that has been touched before is cheaper to fill, and what the garbage collector has to
 * find makes it mark the whole heap for every 30 MiB of bodies, which was a fifth of the CPU time of uploads of 128 KiB.
 */
const pool = { idle: [] as Buffer[], lent: new Map<ArrayBufferLike, Buffer>() };

function takeBuffer(sizeBytes: number): Buffer | undefined {
  if (sizeBytes < minPooledBytes || sizeBytes > maxWholeBytes) return undefined;
  const buffer = pool.idle.pop() ?? Buffer.allocUnsafeSlow(maxWholeBytes);
  pool.lent.set(buffer.buffer, buffer);
  return buffer;
}

const noBytes = Buffer.alloc(0);

function collect(
  request: IncomingMessage,
  { idleTimeoutMs, bytes }: { readonly idleTimeoutMs: number; readonly bytes: Buffer | undefined },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let used = 0;
    const idle = setTimeout(() => settle(() => fail(stalledBody())), idleTimeoutMs);
    const settle = (answer: () => void) => {
      clearTimeout(idle);
      request.off("data", onData).off("end", onEnd).off("error", onLost).off("close", onLost);
      request.pause();
      answer();
    };
    const onData = (chunk: Buffer) => {
      idle.refresh();
      if (bytes === undefined) {
        chunks.push(chunk);
      } else {
        bytes.set(chunk, used); // the parser lets no more through than was announced
        used += chunk.length;
        freeChunk(chunk);
      }
    };
    const onEnd = () => settle(() => resolve(bytes === undefined ? join(chunks) : bytes.subarray(0, used)));
    const onLost = () => settle(() => fail(incompleteBody()));
    const fail = (error: Error) => {
      if (bytes !== undefined) releaseWholeBody(bytes);
      reject(error);
    };
    request.on("data", onData).on("end", onEnd).on("error", onLost).on("close", onLost);
    if (request.destroyed && !request.readableEnded) onLost();
  });
}

function join(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
