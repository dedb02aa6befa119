import { setTimeout as sleep } from "node:timers/promises";
import type { ApiContext } from "../context.ts";
import { sendNoticeJob } from "../jobs/send-notice.ts";

/** What somebody is told of. Those who want everything read the events. */
export const noticeEvents = ["alert:firing", "alert:resolved", "service:alert", "service:recovery", "service:oom"];

const lookEveryMs = 1_000;

/** Makes a job for each event that webhooks are told of: exactly one, however many processes do this, and wherever one of them ends. */
export function startNoticeDispatch({ database, logger }: ApiContext, wakeJobs: () => void): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { noticeWebhooks } = database.as("notices");
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const hadSome = await noticeWebhooks
        .dispatch({ type: sendNoticeJob.type, events: noticeEvents })
        .catch((error: unknown) => {
          logger.error({ err: error }, "notices could not be made");
          return false;
        });
      if (hadSome) wakeJobs();
      else await sleep(lookEveryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const working = work();
  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
