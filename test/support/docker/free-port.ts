import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below those that the kernel gives to whoever connects somewhere, and above those that services are made on. */
const [from, to] = [12_000, 32_000];
const tries = 100;

/**
 * A port that nobody listens on, for a container that begins to later. One that the system has chosen would not do: until then it may choose it again, for
 * the connection of somebody else.
 */
export async function freePort(): Promise<number> {
  for (let left = tries; left > 0; left -= 1) {
    const port = randomInt(from, to);
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${from} to ${to} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
