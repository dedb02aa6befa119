import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../api/api-client.ts";
import { readServerSentEvents } from "../../api/read-server-sent-events.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesLogs } from "./index.ts";
import { orNoContainer } from "./or-no-container.ts";

type Line = {
  readonly at: string;
  readonly stream: "stdout" | "stderr";
  /** Null: it says none. */
  readonly level: string | null;
  readonly text: string;
};
type Invocation = Parameters<RunOf<typeof servicesLogs>>[0];
type LogLevel = NonNullable<Invocation["options"]["level"]>;

export const run: RunOf<typeof servicesLogs> = async (invocation) => {
  const { api, options, output, now } = invocation;
  const { follow, tail, grep, level, since, until } = options;
  if (follow && until !== undefined) throw new CliError("Usage", "Expected --follow or --until, not both.");
  const client = await api();
  const id = await resolveService(invocation, client);
  const ago = (seconds: number) => new Date(now().getTime() - seconds * 1000).toISOString();
  const query = {
    tail,
    ...(grep !== undefined && { text: grep }),
    ...(level !== undefined && { level }),
    ...(since !== undefined && { from: ago(since) }),
    ...(until !== undefined && { to: ago(until) }),
  };
  if (follow) return await followLogs(invocation, client, { id, query });
  const { body } = await orNoContainer(client.call("get /api/external-services/{id}/logs", { params: { id }, query }), {
    client,
    id,
  });
  if (body.truncated) output.note("Older lines are left out: they would be more than 2 MiB.");
  if (body.lines.length === 0) output.note("There are no such lines.");
  for (const line of body.lines) show(output, line);
};

const mostLines = 1000;
const pauseMs = 500;

/** A stream ends after some minutes, and goes on where it was. */
async function followLogs(
  { output, signal }: Invocation,
  client: ApiClient,
  {
    id,
    query,
  }: {
    readonly id: number;
    readonly query: { readonly tail: number; readonly text?: string; readonly level?: LogLevel };
  },
): Promise<void> {
  let last = { at: "", texts: [] as readonly string[] };
  for (;;) {
    const answer = await orNoContainer(
      client.call("get /api/external-services/{id}/logs", {
        params: { id },
        query: { ...query, ...(last.at !== "" && { from: last.at, tail: mostLines }), follow: "true" },
        headers: { accept: "text/event-stream" },
      }),
      { client, id },
    );
    // The contract says JSON first; with follow it is a stream.
    const body = answer.body as unknown as AsyncIterable<Uint8Array>;
    for await (const { event, data } of readServerSentEvents(body, { url: client.url, signal })) {
      if (event === "end" && JSON.parse(data).reason === "ended") return output.note("The container has ended.");
      if (event !== "line") continue;
      const line: Line = JSON.parse(data);
      // Going on, the lines of the last moment come a second time.
      if (line.at < last.at || (line.at === last.at && last.texts.includes(line.text))) continue;
      last = { at: line.at, texts: line.at === last.at ? [...last.texts, line.text] : [line.text] };
      show(output, line);
    }
    await sleep(pauseMs, undefined, { signal });
  }
}

function show(output: Invocation["output"], { at, stream, level, text }: Line): void {
  output.item({ at, stream, level, text }, () => `${output.dim(at)} ${printable(text)}\n`);
}
