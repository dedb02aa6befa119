import { watch } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tree } from "./list-tree.ts";

/** Several files are saved together: they are waited for. */
const settleMs = 300;

/** Until something has changed in a directory; of a bucket nobody tells, so it is looked at again after a while. */
export async function waitForChange(
  source: Tree,
  { signal, intervalSeconds }: { readonly signal: AbortSignal; readonly intervalSeconds: number },
): Promise<void> {
  if (source.kind === "prefix") {
    await sleep(intervalSeconds * 1000, undefined, { signal });
    return;
  }
  const stop = new AbortController();
  const events = watch(source.path, { recursive: true, signal: AbortSignal.any([signal, stop.signal]) });
  for await (const _ of events) break;
  stop.abort();
  await sleep(settleMs, undefined, { signal });
}
