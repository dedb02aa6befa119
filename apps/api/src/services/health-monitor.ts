import type { ServiceRecord } from "@stave/control-database";
import type { JobContext } from "../jobs/define-job.ts";
import { type Keeper, keepDoing } from "../process/keep-doing.ts";
import { checkService } from "./check-service.ts";

const checkEveryMs = 30_000;
const lookEveryMs = 1_000;
const atOnce = 8;
/** One failure is a hiccup: people are told of the third in a row. */
export const alertAfter = 3;

/** Looks at every service now and then. Of several processes one looks. */
export function startHealthMonitor(context: JobContext): Keeper {
  const { database, logger } = context;
  const { services, serviceHealth } = database.as("health monitor");

  const check = async (id: number, signal: AbortSignal): Promise<void> => {
    const service = await services.find(id);
    if (service !== undefined) await checkAndNote(context, service, signal);
  };
  const look = async (signal: AbortSignal): Promise<void> => {
    for (let claimed = atOnce; claimed === atOnce && !signal.aborted; ) {
      const ids = await serviceHealth.claim({ limit: atOnce, againInMs: checkEveryMs });
      claimed = ids.length;
      await Promise.all(ids.map((id) => check(id, signal)));
    }
  };
  return keepDoing(look, { pauseMs: lookEveryMs, logger, problem: "services could not be looked at" });
}

/** A service that is stopped is down without a look. */
export async function checkAndNote(context: JobContext, service: ServiceRecord, signal?: AbortSignal): Promise<void> {
  const check = await checkService(context, service, signal);
  if (signal?.aborted === true) return; // what was cut off says nothing about the service
  const isProbe = service.status !== "stopped";
  await context.database.as("health monitor").serviceHealth.note(service.id, check, { alertAfter, isProbe });
}
