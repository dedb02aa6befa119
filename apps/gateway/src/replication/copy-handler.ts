import { type Message, type ObjectStore, StoreError } from "@stave/object-store";
import type { MessageHandler } from "../events/queue-runner.ts";
import { type CopyServices, copyToRemote } from "./copy-to-remote.ts";
import type { Remotes } from "./remotes.ts";
import type { CopyTask, ReplicationStatus } from "./replication-plan.ts";

/** Copies what messages name to other servers, and says of the object what has become of it. */
export function createCopyHandler({
  store,
  masterKeys,
  remotes,
}: CopyServices & { readonly remotes: Remotes }): MessageHandler {
  return {
    async handle(message, signal) {
      const task = readTask(message);
      const { remote, to: bucket, key } = task;
      try {
        await copyToRemote({ store, masterKeys }, task, {
          send: (request) => remotes.send(remote, { ...request, bucket, key }, signal),
        });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      await setStatus(store, task, "COMPLETED");
    },
    onDead: (message) => setStatus(store, readTask(message), "FAILED"),
  };
}

function readTask({ text }: Message): CopyTask {
  const task: CopyTask = JSON.parse(text); // written by `copyMessages`
  return task;
}

async function setStatus(store: ObjectStore, task: CopyTask, replication: ReplicationStatus): Promise<void> {
  if (task.kind === "marker") return; // it has no place for one
  const { bucket, key, versionId } = task;
  try {
    await store.putObjectAttributes({ bucket, key }, { versionId, replication });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** What was to be copied has been deleted meanwhile. */
function isGone(error: unknown): boolean {
  return error instanceof StoreError && (error.code === "NoSuchBucket" || error.code === "NoSuchKey");
}
