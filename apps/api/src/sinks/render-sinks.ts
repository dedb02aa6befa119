import type { LinkRecord, SinkKind } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import { partiesOf, resolveLink } from "../links/resolve-link.ts";
import { dotenvSink } from "./dotenv-sink.ts";
import { kubernetesSink } from "./kubernetes-sink.ts";
import { type Sink, SinkError } from "./sink.ts";
import { webhookSink } from "./webhook-sink.ts";

const kinds: Readonly<Record<SinkKind, Sink>> = {
  dotenv: dotenvSink,
  kubernetes: kubernetesSink,
  webhook: webhookSink,
};

/**
 * Brings the variables, as they are now, to every sink of a link that has not got them: with `isForced` to all. Each keeps how it went. Throws when one has
 * failed: a {@link Problem} when trying again changes nothing.
 */
export async function renderSinks(
  context: StepContext,
  link: LinkRecord,
  { isForced = false }: { readonly isForced?: boolean } = {},
): Promise<void> {
  const { linkSinks } = context.database.as(context.actor);
  const sinks = await linkSinks.list([link.id]);
  if (sinks.length === 0) return;
  const parties = await partiesOf(context, link);
  const resolved = await resolveLink(context, link, parties.service);
  const failures: SinkError[] = [];
  for (const sink of sinks) {
    const isCurrent = sink.renderedRevision === resolved.revision && sink.error === undefined;
    if (isCurrent && !isForced) continue;
    const task = { context, sink, signal: context.signal };
    try {
      await kinds[sink.kind].render(task, { ...resolved, ...parties, link });
      await linkSinks.noteRendered(sink.id, resolved.revision);
    } catch (error) {
      context.signal.throwIfAborted();
      const failure = toSinkError(error);
      context.logger.warn({ link: link.id, sink: sink.id, err: error }, "variables could not be brought to a sink");
      await linkSinks.noteFailed(sink.id, failure.message);
      failures.push(failure);
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  if (failures.some(({ mayRetry }) => mayRetry)) throw first;
  throw new Problem("UNPROCESSABLE", { detail: failures.map(({ message }) => message).join(" "), cause: first });
}

/** What was written for a link is taken away. Answers what could not be. */
export async function cleanSinks(context: StepContext, link: LinkRecord): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const sink of await context.database.as("system").linkSinks.list([link.id])) {
    try {
      await kinds[sink.kind].clean({ context, sink, signal: context.signal }, link);
    } catch (error) {
      context.signal.throwIfAborted();
      context.logger.warn({ link: link.id, sink: sink.id, err: error }, "a sink could not be cleaned");
      warnings.push(`${sink.kind}: ${toSinkError(error).message}`);
    }
  }
  return warnings;
}

function toSinkError(error: unknown): SinkError {
  if (error instanceof SinkError) return error;
  if (error instanceof Problem) return new SinkError(error.message, { mayRetry: false, cause: error });
  return new SinkError("Something went wrong on the server: its log says what.", { mayRetry: true, cause: error });
}
