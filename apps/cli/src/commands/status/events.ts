import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../api/api-client.ts";
import { readServerSentEvents, type ServerSentEvent } from "../../api/read-server-sent-events.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import type { events } from "./index.ts";

type Invocation = Parameters<RunOf<typeof events>>[0];

/** Each stream ends after some minutes; the next one goes on behind the last event. */
export const run: RunOf<typeof events> = async (invocation) => {
  const { options, output } = invocation;
  const { type: types, count = Number.POSITIVE_INFINITY } = options;
  let shown = 0;
  for await (const event of readAll(invocation, await invocation.api())) {
    if (event.event === "reset") {
      output.warn("Some events are not kept any more: what is shown now comes after them.");
      continue;
    }
    if (types.length > 0 && !types.some((type) => event.event === type || event.event.startsWith(`${type}:`))) continue;
    show(output, event);
    shown += 1;
    if (shown >= count) return;
  }
};

const firstPauseMs = 500;
const longestPauseMs = 10_000;
const maxAttempts = 8;

async function* readAll({ options, output, signal }: Invocation, client: ApiClient): AsyncGenerator<ServerSentEvent> {
  let after = options.after;
  for (let attempts = 0; ; ) {
    try {
      const query = after === undefined ? {} : { after };
      const headers = { accept: "text/event-stream" };
      const { body } = await client.call("get /api/events", { query, headers });
      for await (const event of readServerSentEvents(body, { url: client.url, signal })) {
        attempts = 0;
        if (event.id !== undefined) after = Number(event.id);
        yield event;
      }
      await sleep(firstPauseMs, undefined, { signal });
    } catch (error) {
      attempts += 1;
      // Before the first event nobody knows where to go on; a server that stays away is no stream any more.
      const mayRetry = error instanceof CliError && error.code === "Network" && after !== undefined;
      if (!mayRetry || attempts >= maxAttempts) throw error;
      output.note(`${error.message} Trying again …`);
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1));
      await sleep(pauseMs, undefined, { signal });
    }
  }
}

function show(output: Invocation["output"], { id, event, data }: ServerSentEvent): void {
  const { at, ...rest }: Record<string, unknown> = JSON.parse(data);
  output.item({ id: Number(id), event, at, data: rest }, () => {
    const about = Object.entries(rest).map(
      ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    return `${output.dim(String(at))} ${id}  ${output.bold(printable(event))}  ${printable(about.join(" "))}\n`;
  });
}
