import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ControlDatabase, type JobRecord, openControlDatabase } from "@stave/control-database";
import type { TestGateway } from "../../../gateway/test/support/start-gateway.ts";

/** The control database of a running installation, as another process sees it. */
export function openDatabaseOf({ dataDirectory }: Pick<TestGateway, "dataDirectory">): Promise<ControlDatabase> {
  return openControlDatabase({ at: { file: join(dataDirectory, "control.sqlite") } });
}

/** The job when it has ended. */
export async function untilEnded(database: ControlDatabase, id: string): Promise<JobRecord> {
  return await until(async () => {
    const job = await database.as("test").jobs.find(id);
    return job?.finishedAt === undefined ? undefined : job;
  });
}

/** What is there at last. */
export async function until<Found>(find: () => Promise<Found | undefined>, withinMs = 30_000): Promise<Found> {
  for (const deadline = Date.now() + withinMs; ; await sleep(20)) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error("It did not come about in time");
  }
}
