import { randomBytes } from "node:crypto";
import type { NoticeWebhook } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { orProblem } from "../http/or-problem.ts";
import { Problem } from "../http/problem.ts";
import { sendNotice } from "../notices/send-notice.ts";
import { writeWebhookSecret } from "../sinks/post-webhook.ts";
import { SinkError } from "../sinks/sink.ts";

type Operations = Pick<
  Handlers,
  "listNoticeWebhooks" | "createNoticeWebhook" | "testNoticeWebhook" | "deleteNoticeWebhook"
>;

const secretBytes = 32;

export function noticeWebhookOperations(context: OperationContext): Operations {
  const { database, vault } = context;
  const notFound = () => new Problem("NOT_FOUND", { detail: "There is no such webhook." });
  return {
    async listNoticeWebhooks() {
      const found = await database.as("system").noticeWebhooks.list();
      return { status: 200, body: { data: found.map(showWebhook), nextCursor: null } };
    },
    async createNoticeWebhook({ caller, body: { name, url } }) {
      const { username, password } = new URL(url);
      if (username !== "" || password !== "") {
        throw new Problem("UNPROCESSABLE", { detail: "A URL with a password is shown to whoever sees the webhook." });
      }
      const { noticeWebhooks } = database.as(caller.actor);
      const secret = writeWebhookSecret(randomBytes(secretBytes));
      const seal = (id: string) => vault.seal(secret, noticeWebhooks.contextOf(id));
      const webhook = await orProblem(noticeWebhooks.insert({ name, url }, seal));
      return { status: 201, body: { data: { ...showWebhook(webhook), secret } } };
    },
    async testNoticeWebhook({ caller, params: { id }, requestId }) {
      const { noticeWebhooks } = database.as("system");
      const webhook = await noticeWebhooks.find(id);
      if (webhook === undefined) throw notFound();
      const notice = { id: `${id}-test-${requestId}`, type: "test", at: context.now().toISOString() };
      const data = { message: `A test, asked for by ${caller.actor}.` };
      try {
        await sendNotice(context, webhook, { ...notice, data, signal: context.stopping });
      } catch (error) {
        if (!(error instanceof SinkError)) throw error;
        await noticeWebhooks.noteFailed(id, error.message);
        throw new Problem("UNPROCESSABLE", { detail: error.message, cause: error });
      }
      return { status: 200, body: { data: showWebhook((await noticeWebhooks.find(id)) ?? webhook) } };
    },
    async deleteNoticeWebhook({ caller, params: { id } }) {
      if (!(await database.as(caller.actor).noticeWebhooks.remove(id))) throw notFound();
      return { status: 204 };
    },
  };
}

function showWebhook({ id, name, url, deliveredAt, error, failedAt, createdAt }: NoticeWebhook) {
  return {
    id,
    name,
    url,
    deliveredAt: deliveredAt?.toISOString() ?? null,
    error: error ?? null,
    failedAt: failedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}
