import { once } from "node:events";
import { connect } from "node:net";
import { readAnswer, type S3Answer, type WireRequest } from "./s3-client.ts";

export type RawConnection = {
  write(bytes: string | Buffer): void;
  /** Ends this side only: the server may still answer. */
  end(): void;
  /** Cuts both sides without a word. */
  destroy(): void;
  /** Takes no more bytes. */
  pause(): void;
  /** Takes at most so many, when it is paused. */
  read(maxBytes: number): void;
  /** Received, and not yet part of an answer. */
  received(): Buffer;
  /** Waits for the next whole answer; `undefined` when the server closes without one. */
  answer(): Promise<S3Answer | undefined>;
  /** Resolves when the server has closed. */
  readonly closed: Promise<void>;
};

/** A connection on which a test says each byte itself. */
export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  await once(socket, "connect");
  let received = Buffer.alloc(0);
  let isOver = false;
  let wake: (() => void) | undefined;
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake?.();
  });
  const closed = new Promise<void>((resolve) => {
    const finish = () => {
      isOver = true;
      wake?.();
      resolve();
    };
    // A reset is one way for the server to close.
    socket.on("end", finish).on("close", finish).on("error", finish);
  });
  return {
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    pause: () => void socket.pause(),
    read: (maxBytes) => void socket.read(Math.min(maxBytes, socket.readableLength)),
    received: () => received,
    answer: async () => {
      while (true) {
        const found = takeAnswer(received);
        if (found !== undefined) {
          received = received.subarray(found.sizeBytes);
          return found.answer;
        }
        if (isOver) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    closed,
  };
}

/** The head of a request as bytes; header values are written as latin1. */
export function requestHead({ method, target, headers }: Omit<WireRequest, "body">): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
}

/** Not for answers to HEAD, which announce a length that does not come. */
function takeAnswer(bytes: Buffer): { readonly answer: S3Answer; readonly sizeBytes: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [statusLine = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = end + 4;
  const sizeBytes = start + Number(headers["content-length"] ?? 0);
  if (bytes.length < sizeBytes) return undefined;
  const status = Number(statusLine.split(" ")[1]);
  return { answer: readAnswer({ status, headers, body: bytes.subarray(start, sizeBytes) }), sizeBytes };
}
