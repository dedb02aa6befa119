import { randomBytes } from "node:crypto";

let lastAt = "";
let count = 0;

/** `<timestamp>-<count>-<random>`: sorts by time, and what this process makes in one millisecond in its order. 48 characters. */
export function sortableId(at: string): string {
  count = at === lastAt ? count + 1 : 0;
  lastAt = at;
  return `${at}-${count.toString(16).padStart(6, "0")}-${randomBytes(8).toString("hex")}`;
}
