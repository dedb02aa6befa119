import { readMessageKey } from "../index-keys.ts";
import { readNumber } from "../open-index.ts";
import { decodeQueue, type QueueState } from "../records.ts";
import type { Inspection } from "./inspection.ts";
import { isMessageRow, isQueueRow } from "./row-shapes.ts";

/** Counts the messages of each queue again. */
export async function checkMessages({ tables, index, findings }: Inspection): Promise<void> {
  const counted = new Map<string, Pick<QueueState, "waiting" | "dead">>();
  const last = index.read(() => readNumber(index, "message", 0));
  for await (const { key, value } of tables.rows("messages", isMessageRow)) {
    const { queue, state, sequence } = readMessageKey(key);
    const counts = counted.get(queue) ?? { waiting: 0, dead: 0 };
    counted.set(queue, counts);
    counts[state] += 1;
    if (value === undefined) {
      findings.add("row-unreadable", {}, `The message ${sequence} of the queue ${queue} cannot be read.`);
    } else if (sequence > last) {
      findings.add("counters-differ", {}, `The message ${sequence} of the queue ${queue} is newer than the last one.`);
    }
  }
  for await (const { key, value } of tables.rows("queues", isQueueRow)) {
    const name = key.toString();
    const { waiting, dead } = counted.get(name) ?? { waiting: 0, dead: 0 };
    counted.delete(name);
    if (value === undefined) {
      findings.add("row-unreadable", {}, `The row of the queue ${name} cannot be read.`);
      continue;
    }
    const said = decodeQueue(value);
    if (said.waiting === waiting && said.dead === dead) continue;
    const message = `The queue ${name} says that it has ${said.waiting} and ${said.dead} messages, and it has ${waiting} and ${dead}.`;
    findings.add("counters-differ", {}, message);
  }
  for (const name of counted.keys()) findings.add("counters-differ", {}, `The queue ${name} has messages and no row.`);
}
