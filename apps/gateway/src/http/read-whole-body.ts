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
  { idleTimeoutMs }: { readonly idleTimeoutMs: number },
): Buffer | Promise<Buffer> {
  if (request.complete && !request.destroyed) return (request.read() as Buffer | null) ?? noBytes;
  return collect(request, idleTimeoutMs);
}

const noBytes = Buffer.alloc(0);

function collect(request: IncomingMessage, idleTimeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const idle = setTimeout(() => settle(() => reject(stalledBody())), idleTimeoutMs);
    const settle = (answer: () => void) => {
      clearTimeout(idle);
      request.off("data", onData).off("end", onEnd).off("error", onLost).off("close", onLost);
      request.pause();
      answer();
    };
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      idle.refresh();
    };
    const onEnd = () => settle(() => resolve(join(chunks)));
    const onLost = () => settle(() => reject(incompleteBody()));
    request.on("data", onData).on("end", onEnd).on("error", onLost).on("close", onLost);
    if (request.destroyed && !request.readableEnded) onLost();
  });
}

function join(chunks: readonly Buffer[]): Buffer {
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const bytes = Buffer.concat(chunks);
  for (const chunk of chunks) freeChunk(chunk);
  return bytes;
}
