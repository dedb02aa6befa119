import { randomBytes } from "node:crypto";

/** Makes ids that are unique across processes and restarts: a random half, then a counter. */
export function createRequestIds(): () => string {
  const prefix = randomBytes(4).toString("hex").toUpperCase();
  let count = 0;
  return () => {
    count = (count + 1) % 0x1_0000_0000;
    return prefix + count.toString(16).toUpperCase().padStart(8, "0");
  };
}
