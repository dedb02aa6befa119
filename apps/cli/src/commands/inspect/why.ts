import { text } from "node:stream/consumers";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { Invocation } from "../../command/invocation.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import type { why } from "./index.ts";

export const run: RunOf<typeof why> = async (invocation) => {
  const { arguments: given, options } = invocation;
  if (given.requestId !== undefined && !options.recent) return await explain(invocation, given.requestId);
  if (given.requestId === undefined && options.recent) return await listRecent(invocation, options);
  throw new CliError("Usage", "Expected either a request id or --recent.", {
    next: ["stave why --recent", "stave why --help"],
  });
};

type Caller = Pick<Invocation<unknown, unknown>, "api" | "output" | "now">;

async function explain({ api, output }: Caller, requestId: string): Promise<void> {
  const client = await api();
  const accept = output.isJson ? "application/json" : "text/plain";
  const answer = await client.call("get /api/requests/{requestId}/why", { params: { requestId }, headers: { accept } });
  if ("data" in answer.body) return output.result(answer.body.data, () => "");
  const lines = (await text(answer.body)).trimEnd().split("\n");
  output.result(undefined, () => `${lines.map(printable).join("\n")}\n`);
}

async function listRecent(
  { api, output, now }: Caller,
  { limit, key, code }: { readonly limit: number; readonly key: string | undefined; readonly code: string | undefined },
): Promise<void> {
  const client = await api();
  const query = { limit, ...(key !== undefined && { key }), ...(code !== undefined && { code }) };
  const { body } = await client.call("get /api/requests", { query });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(body.data, {
    empty: "No refusal is kept.",
    render: () =>
      formatTable(body.data, [
        { title: "REQUEST", of: ({ requestId }) => requestId },
        { title: "WHEN", of: (refusal) => formatTime(refusal.time, time) },
        { title: "CODE", of: (refusal) => `${refusal.status} ${refusal.code}` },
        { title: "KEY", of: ({ accessKeyId }) => accessKeyId },
        { title: "FROM", of: ({ remoteAddress }) => remoteAddress },
        { title: "REQUESTED", of: ({ method, path, operation }) => `${operation ?? method} ${path}` },
      ]),
  });
}
