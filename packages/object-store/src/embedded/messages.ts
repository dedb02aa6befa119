import type { MessageChange, MessageState, NewMessage, OnChange, VersionChange } from "../object-store.ts";
import { messageKey } from "./index-keys.ts";
import { readNumber, type WritableTables, writeNumber } from "./open-index.ts";
import { decodeMessage, decodeQueue, encodeMessage, encodeQueue, type QueueState } from "./records.ts";
import type { Transaction } from "./transaction.ts";

/** The messages of a transaction. Rows of queues and the sequence are written at its end, once for the batch. */
export interface Outbox {
  /** Those of one change. */
  add(messages: readonly NewMessage[]): void;
  change(queue: string, change: MessageChange): void;
  end(): void;
}

/** Asks a caller what others have to be told about a change, and puts that into the transaction of the change. */
export function tell({ outbox }: Transaction, onChange: OnChange | undefined, change: VersionChange): void {
  if (onChange === undefined) return;
  const messages = onChange(change);
  if (messages.length > 0) outbox.add(messages);
}

export function createOutbox(index: WritableTables, maxMessages: number): Outbox {
  const queues = new Map<string, QueueState>();
  // A batch that changes nothing must not become a commit.
  const changed = new Set<string>();
  let sequence: number | undefined;

  const findQueue = (name: string): QueueState | undefined => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const row = index.queues.get(Buffer.from(name));
    if (row === undefined) return undefined;
    const queue = decodeQueue(row);
    queues.set(name, queue);
    return queue;
  };

  const addQueue = (name: string): QueueState => {
    const queue = { waiting: 0, dead: 0, dropped: 0 };
    queues.set(name, queue);
    return queue;
  };

  return {
    add(messages) {
      sequence = (sequence ?? readNumber(index, "message", 0)) + 1;
      const told = new Set<string>();
      for (const { queue: name, group, text } of messages) {
        if (told.has(name)) sequence += 1;
        told.add(name);
        const queue = findQueue(name) ?? addQueue(name);
        changed.add(name);
        if (queue.waiting + queue.dead >= maxMessages) {
          queue.dropped += 1;
          continue;
        }
        queue.waiting += 1;
        index.messages.put(
          messageKey(name, "waiting", sequence),
          encodeMessage({ group, text, attempts: 0, dueAt: new Date(0) }),
        );
      }
    },
    change(name, change) {
      const queue = findQueue(name);
      const found = queue && findMessage(index, name, change.sequence);
      if (queue === undefined || found === undefined) return;
      const { key, state, row } = found;
      changed.add(name);
      queue[state] -= 1;
      const next = change.to === "done" ? undefined : messageKey(name, change.to, change.sequence);
      if (next === undefined || change.to !== state) index.messages.remove(key);
      if (next === undefined || change.to === "done") return;
      const { attempts, dueAt, failure } = change;
      const { group, text } = decodeMessage(row);
      queue[change.to] += 1;
      index.messages.put(
        next,
        encodeMessage({ group, text, attempts, dueAt, ...(failure !== undefined && { failure }) }),
      );
    },
    end() {
      for (const name of changed) {
        const queue = queues.get(name);
        if (queue !== undefined) index.queues.put(Buffer.from(name), encodeQueue(queue));
      }
      if (sequence !== undefined) writeNumber(index, "message", sequence);
    },
  };
}

function findMessage({ messages }: Pick<WritableTables, "messages">, queue: string, sequence: number) {
  for (const state of ["waiting", "dead"] as const satisfies readonly MessageState[]) {
    const key = messageKey(queue, state, sequence);
    const row = messages.get(key);
    if (row !== undefined) return { key, state, row };
  }
  return undefined;
}
