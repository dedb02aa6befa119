import { lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { createRandom } from "../random.ts";
import { createDeath } from "./die.ts";
import type { WorkerCommand } from "./messages.ts";
import { createReporter } from "./report-operation.ts";
import { createSlots } from "./slots.ts";
import { tell } from "./tell.ts";
import { writeForever } from "./write-forever.ts";

/** Opens the store and writes to it until something ends this process. */
export async function runWorker(command: WorkerCommand): Promise<void> {
  const { directory, isOwner, worker, seed, serial, kind, death, keys } = command;
  const onPoint = death === undefined ? () => {} : createDeath(death);
  if (isOwner) await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory, onPoint });
  tell({ type: "ready" });
  const reporter = createReporter({ worker, seed, serial });
  const writers = kind === "segments" ? 8 : 4;
  const running = Array.from({ length: writers }, (_, writer) => {
    const name = `w${worker}/${writer}`;
    const random = createRandom(seed + serial, name);
    return writeForever(createSlots({ name, kind, keys }), { store, reporter, random, kind, writer });
  });
  await Promise.all(running);
}
