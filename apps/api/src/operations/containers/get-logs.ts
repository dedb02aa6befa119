import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogLine } from "@stave/docker-services";
import { secretsOf, specOf } from "../../containers/container-spec.ts";
import { orDockerProblem } from "../../containers/docker-problem.ts";
import { isAtLeast, type LogLevel, readLogLevel } from "../../containers/log-level.ts";
import { createRedact } from "../../containers/redact-secrets.ts";
import { withPatience } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { type Contained, requireContained } from "./find-container.ts";

const dayMs = 24 * 3_600_000;
/** What is looked through for a text. */
const maxSearchedLines = 10_000;
const maxAnswerBytes = 2 * 1024 * 1024;
const maxFollowers = 50;
const maxFollowMs = 5 * 60_000;
const heartbeatMs = 15_000;

export function getServiceLogs(context: OperationContext): Handler<"getServiceLogs"> {
  let followers = 0;
  return async ({ params: { id }, query: { from, to, tail, text, level: least, follow } }) => {
    const contained = await requireContained(context, id);
    const containerId = await requireContainerId(context, contained);
    const redact = createRedact(secretsOf(await specOf(context, contained.service, contained.container)));
    const wanted = text?.toLowerCase();
    // A secret is looked for by nobody: the text is compared with what is shown.
    const show = (line: LogLine) => {
      const said = redact(line.text);
      const level = readLogLevel(said);
      if (least !== undefined && !isAtLeast(level, least)) return undefined;
      if (wanted !== undefined && !said.toLowerCase().includes(wanted)) return undefined;
      return { at: line.at.toISOString(), stream: line.stream, level: level ?? null, text: said };
    };
    const since = from === undefined ? new Date(context.now().getTime() - dayMs) : new Date(from);
    const until = to === undefined ? {} : { until: new Date(to) };
    const read = (signal: AbortSignal, lines: number, isFollowed: boolean) =>
      context.docker.logs(containerId, { tail: lines, since, ...until, follow: isFollowed, signal });

    if (!follow) {
      const lines = await orDockerProblem(
        withPatience((signal) =>
          keepLast(read(signal, text === undefined && least === undefined ? tail : maxSearchedLines, false), {
            show,
            tail,
          }),
        ),
      );
      return { status: 200, body: { service_id: id, ...lines } };
    }
    if (followers >= maxFollowers) {
      const headers = { "retry-after": "30" };
      throw new Problem("TOO_MANY_REQUESTS", { detail: "Too many clients follow logs.", headers });
    }
    followers += 1;
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, context.stopping, AbortSignal.timeout(maxFollowMs)]);
    const bytes = Readable.from(writeEvents(read(signal, tail, true), { show, signal }));
    bytes.once("close", () => {
      followers -= 1;
      ended.abort(); // else it would wait for a line that nobody reads
    });
    return {
      status: 200,
      headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
      bytes,
    };
  };
}

async function requireContainerId(context: OperationContext, { container }: Contained): Promise<string> {
  const { containerId } = container;
  if (containerId !== undefined) {
    await orDockerProblem(withPatience((signal) => context.docker.inspect(containerId, { signal })));
    return containerId;
  }
  throw new Problem("CONFLICT", {
    detail: "The service has no container.",
    nextActions: ["Start the service: its container is made again."],
  });
}

type ShownLine = {
  readonly at: string;
  readonly stream: LogLine["stream"];
  readonly level: LogLevel | null;
  readonly text: string;
};
type Show = (line: LogLine) => ShownLine | undefined;

async function keepLast(
  source: AsyncIterable<LogLine>,
  { show, tail }: { readonly show: Show; readonly tail: number },
): Promise<{ readonly lines: ShownLine[]; readonly truncated: boolean }> {
  const lines: ShownLine[] = [];
  let [sizeBytes, truncated] = [0, false];
  for await (const line of source) {
    const shown = show(line);
    if (shown === undefined) continue;
    lines.push(shown);
    sizeBytes += shown.text.length;
    while (lines.length > tail || sizeBytes > maxAnswerBytes) {
      if (lines.length <= tail) truncated = true;
      sizeBytes -= lines.shift()?.text.length ?? 0;
    }
  }
  return { lines, truncated };
}

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* writeEvents(
  source: AsyncGenerator<LogLine>,
  { show, signal }: { readonly show: Show; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  yield "retry: 2000\n\n";
  try {
    let beat = sleep(heartbeatMs, undefined, { ref: false });
    for (let next = source.next(); ; ) {
      const found = await Promise.race([next, beat]);
      if (found === undefined) {
        beat = sleep(heartbeatMs, undefined, { ref: false });
        yield ": still here\n\n";
        continue;
      }
      if (found.done === true) return void (yield 'event: end\ndata: {"reason":"ended"}\n\n');
      next = source.next();
      next.catch(() => {}); // it is awaited, or nobody wants it any more
      const shown = show(found.value);
      if (shown !== undefined) yield `id: ${shown.at}\nevent: line\ndata: ${JSON.stringify(shown)}\n\n`;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    yield 'event: end\ndata: {"reason":"time"}\n\n';
  }
}
