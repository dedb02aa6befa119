import type { Message, MessageQueue, ObjectStore } from "../object-store.ts";
import type { Engine } from "./engine.ts";
import { messageRange, readMessageKey } from "./index-keys.ts";
import { decodeMessage, decodeQueue } from "./records.ts";

type MessageOperations = Pick<ObjectStore, "listQueues" | "readMessages" | "changeMessages">;

export function messageOperations({ index, reading, writing, free }: Engine): MessageOperations {
  return {
    async listQueues() {
      return reading(() => {
        const queues: MessageQueue[] = [];
        for (const { key, value } of index.queues.getRange({})) {
          queues.push({ name: key.toString(), ...decodeQueue(value) });
        }
        return queues;
      });
    },
    async readMessages(queue, { state, after = 0, limit }) {
      return reading(() => {
        const messages: Message[] = [];
        for (const { key, value } of index.messages.getRange({ ...messageRange(queue, state, after), limit })) {
          messages.push({ queue, sequence: readMessageKey(key).sequence, ...decodeMessage(value) });
        }
        return messages;
      });
    },
    async changeMessages(queue, changes) {
      if (changes.length === 0) return;
      await writing(() =>
        free((transaction) => {
          transaction.relax();
          for (const change of changes) transaction.outbox.change(queue, change);
        }),
      );
    },
  };
}
