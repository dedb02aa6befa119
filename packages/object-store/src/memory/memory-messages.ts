import type { Message, MessageState, ObjectStore, OnChange, VersionChange } from "../object-store.ts";
import { compareUtf8 } from "./memory-listing.ts";

type MessageStore = Pick<ObjectStore, "listQueues" | "readMessages" | "changeMessages">;

export type MemoryMessages = MessageStore & {
  /** Asks what others have to be told about a change, and keeps it. */
  tell(onChange: OnChange | undefined, change: VersionChange): void;
};

type Queue = {
  readonly messages: Map<number, { readonly state: MessageState; readonly message: Message }>;
  dropped: number;
};

export function createMemoryMessages(maxQueueMessages: number): MemoryMessages {
  const queues = new Map<string, Queue>();
  let sequence = 0;

  const countIn = ({ messages }: Queue, wanted: MessageState): number =>
    [...messages.values()].filter(({ state }) => state === wanted).length;

  return {
    tell(onChange, change) {
      const added = onChange?.(change) ?? [];
      if (added.length > 0) sequence += 1;
      const told = new Set<string>();
      for (const { queue: name, group, text } of added) {
        if (told.has(name)) sequence += 1;
        told.add(name);
        const queue = queues.get(name) ?? { messages: new Map(), dropped: 0 };
        queues.set(name, queue);
        if (queue.messages.size >= maxQueueMessages) {
          queue.dropped += 1;
          continue;
        }
        const message: Message = { queue: name, group, text, sequence, attempts: 0, dueAt: new Date(0) };
        queue.messages.set(sequence, { state: "waiting", message });
      }
    },
    async listQueues() {
      return [...queues]
        .sort(([a], [b]) => compareUtf8(a, b))
        .map(([name, queue]) => ({
          name,
          waiting: countIn(queue, "waiting"),
          dead: countIn(queue, "dead"),
          dropped: queue.dropped,
        }));
    },
    async readMessages(name, { state: wanted, after = 0, limit }) {
      return [...(queues.get(name)?.messages.values() ?? [])]
        .filter(({ state, message }) => state === wanted && message.sequence > after)
        .map(({ message }) => message)
        .sort((a, b) => a.sequence - b.sequence)
        .slice(0, limit);
    },
    async changeMessages(name, changes) {
      const messages = queues.get(name)?.messages;
      for (const change of changes) {
        const found = messages?.get(change.sequence);
        if (messages === undefined || found === undefined) continue;
        if (change.to === "done") {
          messages.delete(change.sequence);
          continue;
        }
        const { to: state, ...trial } = change;
        const { queue, group, text } = found.message;
        messages.set(change.sequence, { state, message: { queue, group, text, ...trial } });
      }
    },
  };
}
