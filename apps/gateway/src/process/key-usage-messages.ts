import type { CountedKey, KeyTally } from "../usage/key-tally.ts";
import type { KeyUsage } from "../usage/key-usage.ts";

// How the parent learns what its workers count: each tells it, when it has something, and once more before it ends.

type KeyUsageMessage = { readonly kind: "key-usage"; readonly counted: readonly CountedKey[] };

const intervalMs = 1000;

/** In a worker. Returns what tells the rest, to be called after its last request. */
export function tellKeyUsage(tally: KeyTally, channel: Pick<NodeJS.Process, "send">): () => Promise<void> {
  let isSending = false;
  const tell = (done: () => void): void => {
    const counted = tally.take();
    const message: KeyUsageMessage = { kind: "key-usage", counted };
    if (counted.length === 0 || channel.send === undefined) done();
    else channel.send(message, undefined, undefined, done);
  };
  const timer = setInterval(() => {
    if (isSending) return; // a parent that does not read hears all of it later
    isSending = true;
    tell(() => {
      isSending = false;
    });
  }, intervalMs).unref();
  return () => {
    clearInterval(timer);
    return new Promise((resolve) => tell(resolve));
  };
}

/** In the parent. Other messages are somebody else's. */
export function hearKeyUsage(usage: Pick<KeyUsage, "add">): (message: unknown) => void {
  return (message) => {
    if (isKeyUsageMessage(message)) usage.add(message.counted);
  };
}

function isKeyUsageMessage(message: unknown): message is KeyUsageMessage {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "key-usage";
}
