import type { IncomingMessage } from "node:http";

const maxDrainedBytes = 16 * 1024 * 1024;
const maxDrainMs = 5000;

/**
 * Reads what is still arriving of a request that was answered, up to a limit. Closing a socket while bytes are arriving resets the connection,
 * and the client would see that instead of the answer.
 */
export function drainRequest(message: IncomingMessage): Promise<void> {
  // Of a request that is over no event comes any more.
  if (message.destroyed || message.readableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    let drainedBytes = 0;
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, maxDrainMs);
    message.unpipe();
    message.on("data", (chunk: Buffer) => {
      drainedBytes += chunk.length;
      if (drainedBytes > maxDrainedBytes) finish();
    });
    message.on("end", finish).on("close", finish);
    message.resume();
  });
}
