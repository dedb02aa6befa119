import type { ActorEvent } from "./messages.ts";

/**
 * The acknowledged relaxed writes that a power cut may take back: those that no flushed write came after. The log has no gaps,
 * so a flushed write that began after an acknowledgement, in any process, keeps what was acknowledged.
 */
export function findLosable(events: readonly ActorEvent[]): ReadonlySet<string> {
  const begun = new Map(events.flatMap((event) => (event.type === "begin" ? [[event.id, event] as const] : [])));
  let flushedFrom = 0;
  for (const event of events) {
    if (event.type !== "acknowledged") continue;
    const begin = begun.get(event.id);
    if (begin === undefined || begin.isRelaxed || !isCertainlyWritten(begin.effect)) continue;
    flushedFrom = Math.max(flushedFrom, begin.atNs);
  }
  const losable = events.filter(
    (event) => event.type === "acknowledged" && begun.get(event.id)?.isRelaxed && event.atNs >= flushedFrom,
  );
  return new Set(losable.flatMap((event) => ("id" in event ? [event.id] : [])));
}

/** A delete of what is not there changes nothing, so there is nothing to flush. */
function isCertainlyWritten(effect: Extract<ActorEvent, { type: "begin" }>["effect"]): boolean {
  return effect.kind === "write" ? effect.content !== null : true;
}
