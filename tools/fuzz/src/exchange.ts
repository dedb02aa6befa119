import { connect } from "node:net";

/**
 * What the client does after its last byte. `keep`: waits for this many answers, then closes. `stall`: closes when nothing comes for a
 * moment, because the server may rightly wait for more. `abort`: is gone at once.
 */
export type Ending = { readonly kind: "stall" | "abort" } | { readonly kind: "keep"; readonly answers: number };

export type Outcome = {
  readonly received: Buffer;
  /** The server had not closed or answered when the time was over. */
  readonly isHanging: boolean;
  /** The server closed while bytes were still coming: the end of its answer may have been lost. */
  readonly isReset: boolean;
  /** Of an error other than that. */
  readonly error: string | undefined;
};

export type ExchangeOptions = {
  readonly port: number;
  /** Connections from one address alone would use up its ports. */
  readonly localAddress: string;
  readonly ending: Ending;
  readonly timeoutMs: number;
};

/** Time enough for a refusal. */
const stallMs = 40;

/** Sends the pieces, one in each turn of the event loop, and takes what comes until the server closes. */
export function exchange(pieces: readonly Buffer[], options: ExchangeOptions): Promise<Outcome> {
  const { port, localAddress, ending, timeoutMs } = options;
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress, allowHalfOpen: true, noDelay: true });
    const received: Buffer[] = [];
    let error: string | undefined;
    let isHanging = false;
    let isOver = false;
    let isReset = false;
    const timer = setTimeout(() => {
      isHanging = true;
      socket.destroy();
    }, timeoutMs);
    let stall: NodeJS.Timeout | undefined;
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk);
      stall?.refresh();
      if (ending.kind === "keep" && countAnswers(Buffer.concat(received)) >= ending.answers) socket.end();
    });
    socket.on("end", () => {
      isOver = true;
      socket.end();
    });
    socket.on("error", (failure: NodeJS.ErrnoException) => {
      isOver = true;
      if (failure.code === "ECONNRESET" || failure.code === "EPIPE") isReset = true;
      else error = failure.message;
    });
    socket.on("close", () => {
      clearTimeout(timer);
      clearTimeout(stall);
      resolve({ received: Buffer.concat(received), isHanging, isReset, error });
    });
    const send = (at: number): void => {
      if (isOver || socket.writableEnded || socket.destroyed) return;
      const piece = pieces[at];
      if (piece === undefined) {
        if (ending.kind === "abort") socket.destroy();
        if (ending.kind === "stall") stall = setTimeout(() => socket.end(), stallMs);
      } else {
        socket.write(piece);
        setImmediate(send, at + 1);
      }
    };
    socket.on("connect", () => send(0));
  });
}

/** Final answers of which the head has come; exact enough to know when to stop waiting. */
function countAnswers(bytes: Buffer): number {
  return bytes.toString("latin1").match(/HTTP\/1\.1 [2-5]\d\d [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/g)?.length ?? 0;
}
