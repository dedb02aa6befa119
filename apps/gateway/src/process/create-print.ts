import type { Writable } from "node:stream";

/**
 * Prints what a command has to say. Resolves when it is handed over: what waits in a pipe is lost with `process.exit`, and a long
 * report must not gather in memory. Rejects when nobody reads any more.
 */
export function createPrint(stream: Writable): (text: string) => Promise<void> {
  let isWatched = false;
  return (text) => {
    // Each write is told of its failure; without a listener the event would end the process with a stack trace.
    if (!isWatched) stream.on("error", () => {});
    isWatched = true;
    return new Promise((resolve, reject) => {
      stream.write(text, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  };
}
