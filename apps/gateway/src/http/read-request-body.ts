import type { IncomingMessage } from "node:http";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestMeter } from "../limits/rate-limits.ts";
import { freeChunk } from "./free-chunk.ts";

/** Pause the socket above this: what is received ahead of its consumer is all that one request may hold. */
const maxQueuedBytes = 256 * 1024;

export interface ReadRequestBodyOptions {
  /** Without a byte for this long the request fails with `RequestTimeout`. */
  readonly idleTimeoutMs: number;
  /** Says when more may be read. @default at once */
  readonly meter?: RequestMeter | undefined;
  /**
   * True when a chunk is done with as soon as the next one is asked for, as the store promises: its memory is freed then.
   * @default false
   */
  readonly freesChunks?: boolean;
  /** Called before the first byte is awaited: the moment to answer `Expect: 100-continue`. */
  readonly onStart?: () => void;
}

/**
 * The bytes of a request as they arrive, with back-pressure. Throws `IncompleteBody` when the client goes away and
 * `RequestTimeout` when it stalls.
 *
 * Not the stream's own iterator: that destroys the socket when its consumer stops early, and the client would never see why.
 */
export async function* readRequestBody(
  request: IncomingMessage,
  { idleTimeoutMs, meter, freesChunks = false, onStart }: ReadRequestBodyOptions,
): AsyncGenerator<Buffer> {
  const queue: Buffer[] = [];
  let queuedBytes = 0;
  const state: { outcome: "open" | "ended" | "lost" | "stalled" } = {
    outcome: request.readableEnded ? "ended" : "open",
  };
  let wake: (() => void) | undefined;
  const settle = (outcome: typeof state.outcome) => {
    if (state.outcome === "open") state.outcome = outcome;
    wake?.();
  };

  const onData = (chunk: Buffer) => {
    queue.push(chunk);
    queuedBytes += chunk.length;
    if (queuedBytes > maxQueuedBytes) request.pause();
    idle.refresh();
    wake?.();
  };
  const onEnd = () => settle("ended");
  const onLost = () => settle("lost");
  // While the socket is paused it is this server that is slow, not the client.
  const idle = setTimeout(() => (request.isPaused() ? idle.refresh() : settle("stalled")), idleTimeoutMs);

  onStart?.();
  request.on("data", onData).on("end", onEnd).on("error", onLost).on("close", onLost);
  if (request.destroyed && !request.readableEnded) onLost();
  try {
    while (true) {
      const chunk = queue.shift();
      if (chunk !== undefined) {
        queuedBytes -= chunk.length;
        if (queuedBytes <= maxQueuedBytes && request.isPaused()) {
          idle.refresh();
          request.resume();
        }
        const pause = meter?.pause();
        if (pause !== undefined) await pause;
        yield chunk;
        if (freesChunks) freeChunk(chunk);
      } else if (state.outcome === "open") {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      } else {
        break;
      }
    }
  } finally {
    clearTimeout(idle);
    request.off("data", onData).off("end", onEnd).off("error", onLost).off("close", onLost);
    request.pause();
  }
  if (state.outcome === "stalled") throw stalledBody();
  if (state.outcome === "lost") throw incompleteBody();
}

export function stalledBody(): S3Error {
  return new S3Error(
    "RequestTimeout",
    "Your socket connection to the server was not read from or written to within the timeout period.",
    { headers: { connection: "close" } },
  );
}

export function incompleteBody(): S3Error {
  return new S3Error(
    "IncompleteBody",
    "You did not provide the number of bytes specified by the Content-Length HTTP header.",
  );
}
