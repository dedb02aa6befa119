import { z } from "@stave/api-contract";
import { Problem } from "../http/problem.ts";
import { sendNotice } from "../notices/send-notice.ts";
import { SinkError } from "../sinks/sink.ts";
import { defineJob } from "./define-job.ts";

const notice = z.strictObject({
  eventId: z.int(),
  type: z.string(),
  at: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const data = z.strictObject({ webhookId: z.string(), notice });

/** Tells one webhook of one event; again for a while when it does not take it. */
export const sendNoticeJob = defineJob<z.output<typeof data>>({
  type: "notice:send",
  data,
  steps: [
    {
      name: "send",
      async run(context, { webhookId, notice: { eventId, ...event } }) {
        const { noticeWebhooks } = context.database.as("system");
        const webhook = await noticeWebhooks.find(webhookId);
        if (webhook === undefined) return; // somebody has removed it
        try {
          await sendNotice(context, webhook, { id: `${webhookId}-${eventId}`, ...event, signal: context.signal });
        } catch (error) {
          if (!(error instanceof SinkError)) throw error;
          await noticeWebhooks.noteFailed(webhookId, error.message);
          if (error.mayRetry) throw error;
          throw new Problem("UNPROCESSABLE", { detail: error.message, cause: error });
        }
      },
    },
  ],
});
