import type { JobState } from "@stave/control-database";
import type { ApiContext } from "../context.ts";

const working: readonly JobState[] = ["waiting", "running", "undoing"];

/** Whether a job works on a service, or is about to. */
export async function isBusy({ database }: Pick<ApiContext, "database">, serviceId: number): Promise<boolean> {
  const { jobs } = database.as("system");
  const subject = `service:${serviceId}`;
  const found = await Promise.all(working.map((state) => jobs.list({ subject, state, limit: 1 })));
  return found.some(({ length }) => length > 0);
}
