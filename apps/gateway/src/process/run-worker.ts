import type { Config } from "../config.ts";
import { openControl } from "../control/open-control.ts";
import { isAddressInUse } from "./admin-listener.ts";
import { tellKeyUsage } from "./key-usage-messages.ts";
import { shareLimitUse } from "./limit-messages.ts";
import { createLogger } from "./logger.ts";
import { answerPlanRequests } from "./plan-messages.ts";
import { answerQuotaRequests, quotaOf } from "./quota-messages.ts";
import { serve } from "./serve.ts";
import { untilStopped } from "./until-stopped.ts";
import { answerUsageRequests, usageOf } from "./usage-messages.ts";
import { answerWhyRequests } from "./why-messages.ts";
import { isAppointment, type WorkerMessage } from "./worker-pool.ts";

/** One of several processes that share a port and a data directory. Ends with its parent, who holds the lock. */
export async function runWorker(config: Config): Promise<void> {
  // The parent's lock is gone with it: another engine may own the directory the next moment.
  process.on("disconnect", () => process.exit(1));
  const stop = untilStopped();
  const logger = createLogger(config.logLevel);
  try {
    const serving = await serve(config, await openControl(config), logger);
    process.on("message", (message) => {
      if (isAppointment(message)) serving.maintain();
    });
    process.on(
      "message",
      answerPlanRequests(serving.plan, (answer) => process.send?.(answer)),
    );
    process.on(
      "message",
      answerUsageRequests(usageOf(serving.store), (answer) => process.send?.(answer)),
    );
    process.on(
      "message",
      answerQuotaRequests(quotaOf(serving.store), (answer) => process.send?.(answer)),
    );
    process.on(
      "message",
      answerWhyRequests(serving.explainer, (answer) => process.send?.(answer)),
    );
    if (serving.rateLimits !== undefined) shareLimitUse(serving.rateLimits, process);
    const tellRest = tellKeyUsage(serving.keyTally, process);
    tell({ kind: "listening", port: serving.port });
    await stop;
    await serving.drain();
    await tellRest();
    process.disconnect?.();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: "failed", message, isAddressInUse: isAddressInUse(error) });
  }
}

function tell(message: WorkerMessage): void {
  process.send?.(message);
}
