import { type Address, type Cut, createLedger, type Ledger, nameOf, type Operation } from "../ledger.ts";
import { relaxedBucket, versionedBucket } from "./buckets.ts";
import { collectUploads, type UploadRecord } from "./collect-uploads.ts";
import { findLosable } from "./find-losable.ts";
import type { ActorEvent, KeyState } from "./messages.ts";

export type RoundRecord = {
  readonly seed: number;
  readonly baseline: readonly KeyState[];
  readonly events: readonly ActorEvent[];
  /** How many of the events were told before the cut began. */
  readonly frozenAt: number;
  /** Writes to the relaxed bucket may be lost. */
  readonly isRelaxedAllowed: boolean;
};

export type Removal = { readonly address: Address; readonly versionId: string; readonly isAcknowledged: boolean };

/** What a round has asked of the store and what was acknowledged, as of its end. */
export type RoundCut = {
  readonly cut: Cut;
  /** The operations of the round, without those that made what was there before. */
  readonly operations: ReadonlySet<Operation>;
  readonly removals: readonly Removal[];
  readonly uploads: readonly UploadRecord[];
};

/** Puts a round into a ledger of its own, which begins with what was there before. */
export function buildCut(record: RoundRecord): RoundCut {
  const { seed, baseline, events, frozenAt, isRelaxedAllowed } = record;
  const ledger = createLedger({ seed });
  for (const state of baseline) addState(ledger, state);

  const known = events.slice(0, frozenAt);
  const losable = isRelaxedAllowed ? findLosable(known) : new Set<string>();
  const uploads = collectUploads(known, events);
  const operations = new Map<string, Operation>();
  const pending = new Map<string, Operation>();
  let frozen: Cut | undefined;
  for (const [at, event] of events.entries()) {
    if (at === frozenAt) frozen = ledger.freeze();
    if (event.type === "begin" && event.effect.kind === "write") {
      const operation = begin(ledger, event.effect.address, event.effect.content);
      operations.set(event.id, operation);
      pending.set(event.id, operation);
    }
    const operation = "id" in event ? pending.get(event.id) : undefined;
    if (operation === undefined || !settles(event) || losable.has(event.id)) continue;
    pending.delete(event.id);
    if (event.type === "refused") ledger.refuse(operation);
    else if (event.type === "failed") ledger.fail(operation);
    else ledger.acknowledge(operation, versionOf(operation, event.versionId));
  }
  const cut = frozen ?? ledger.freeze();
  for (const [id, operation] of pending) {
    // An upload that nobody had asked to complete must not have become an object.
    if (uploads.get(id)?.isCompleting === false) ledger.refuse(operation);
  }
  cut.end();
  const removals = collectRemovals(known, events);
  const isJudged = ({ address }: UploadRecord) => !isRelaxedAllowed || address.bucket !== relaxedBucket;
  return {
    cut: withoutRemoved(cut, removals),
    operations: new Set(operations.values()),
    removals,
    uploads: [...uploads.values()].filter(isJudged),
  };
}

function addState(ledger: Ledger, { address, content, versions }: KeyState): void {
  if (address.bucket !== versionedBucket) {
    ledger.acknowledge(begin(ledger, address, content));
    return;
  }
  for (const { versionId, content: written } of versions) {
    ledger.acknowledge(begin(ledger, address, written), { versionId });
  }
}

/** Contents are numbered by the harness, so that no number is used again in a later round. */
function begin(ledger: Ledger, address: Address, content: KeyState["content"] | null): Operation {
  return ledger.begin(address, content ? { kind: "copy", content } : { kind: "delete" });
}

function settles(event: ActorEvent): event is Extract<ActorEvent, { type: "acknowledged" | "failed" | "refused" }> {
  return event.type === "acknowledged" || event.type === "refused" || event.type === "failed";
}

function versionOf({ address }: Operation, versionId: string | undefined): { readonly versionId?: string } {
  return versionId === undefined || address.bucket !== versionedBucket ? {} : { versionId };
}

function collectRemovals(known: readonly ActorEvent[], events: readonly ActorEvent[]): readonly Removal[] {
  const acknowledged = new Set(known.flatMap((event) => (event.type === "acknowledged" ? [event.id] : [])));
  return events.flatMap((event) => {
    if (event.type !== "begin" || event.effect.kind !== "remove") return [];
    const { address, versionId } = event.effect;
    return [{ address, versionId, isAcknowledged: acknowledged.has(event.id) }];
  });
}

/** A version whose removal was begun need not be there any more. */
function withoutRemoved(cut: Cut, removals: readonly Removal[]): Cut {
  const removed = new Set(removals.map(({ address, versionId }) => `${nameOf(address)} ${versionId}`));
  return {
    ...cut,
    standings: () =>
      cut.standings().map((standing) => ({
        ...standing,
        versions: new Map(
          [...standing.versions].filter(([versionId]) => !removed.has(`${nameOf(standing.address)} ${versionId}`)),
        ),
      })),
  };
}
