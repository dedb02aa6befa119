import { Readable } from "node:stream";
import type { EventRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import { createEventFeed } from "../events/event-feed.ts";
import type { Caller } from "../http/caller.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";

const heartbeatMs = 15_000;
/** Then the client comes again, and who it is is looked at again. */
const maxStreamMs = 5 * 60_000;
const reconnectMs = 2_000;
const maxStreams = 200;
const pageSize = 100;

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function eventOperations({ database, stopping }: OperationContext): Pick<Handlers, "streamEvents"> {
  const feed = createEventFeed(database, stopping);
  let streams = 0;

  async function* stream(caller: Caller, from: number | undefined): AsyncGenerator<string> {
    streams += 1;
    try {
      const { first, last } = await database.events.range();
      let after = from ?? last;
      yield `retry: ${reconnectMs}\n\n`;
      if (after < first - 1 || after > last) {
        // What lies between is not kept any more, or it is of another database.
        after = last;
        yield `id: ${last}\nevent: reset\ndata: {}\n\n`;
      }
      for (const endMs = Date.now() + maxStreamMs; Date.now() < endMs && !stopping.aborted; ) {
        const events = await database.events.list({ after, limit: pageSize });
        for (const event of events) {
          after = event.id;
          if (mayRead(caller, event)) yield write(event);
        }
        if (events.length > 0) continue;
        if (!(await feed.waitFor(after, heartbeatMs))) yield ": still here\n\n";
      }
    } finally {
      streams -= 1;
    }
  }

  return {
    streamEvents({ caller, query: { after }, message }) {
      if (streams >= maxStreams) {
        throw new Problem("TOO_MANY_REQUESTS", {
          detail: "Too many clients watch events.",
          headers: { "retry-after": "30" },
        });
      }
      const from = readLastEventId(message.headers["last-event-id"]) ?? after;
      const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
      return { status: 200, headers, bytes: Readable.from(stream(caller, from)) };
    },
  };
}

function readLastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  throw new Problem("INVALID_REQUEST", { detail: "Expected Last-Event-ID to be the id of an event." });
}

function mayRead({ permissions }: Caller, { type }: EventRecord): boolean {
  return permissions.has(type === "job" ? "jobs:read" : "services:read");
}

function write({ id, type, at, data }: EventRecord): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ at, ...data })}\n\n`;
}
