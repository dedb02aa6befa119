import type { ApiContext } from "../context.ts";
import { sendNoticeJob } from "../jobs/send-notice.ts";
import { type Keeper, keepDoing } from "../process/keep-doing.ts";

/** What somebody is told of. Those who want everything read the events. */
export const noticeEvents = ["alert:firing", "alert:resolved", "service:alert", "service:recovery", "service:oom"];

const lookEveryMs = 1_000;

/** Makes a job for each event that webhooks are told of: exactly one, however many processes do this, and wherever one of them ends. */
export function startNoticeDispatch({ database, logger }: ApiContext, wakeJobs: () => void): Keeper {
  const { noticeWebhooks } = database.as("notices");
  const dispatch = async (signal: AbortSignal): Promise<void> => {
    const what = { type: sendNoticeJob.type, events: noticeEvents };
    while (!signal.aborted && (await noticeWebhooks.dispatch(what))) wakeJobs();
  };
  return keepDoing(dispatch, { pauseMs: lookEveryMs, logger, problem: "notices could not be made" });
}
