import { writeSync } from "node:fs";
import type { ActorEvent } from "./messages.ts";

const channel = 3;

/** Tells the harness. When it returns the kernel has the event, and a SIGKILL does not take it back. */
export function tell(event: ActorEvent): void {
  const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(channel, bytes, sent);
}

/** Of the machine, so that the events of several processes can be put in order. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}
