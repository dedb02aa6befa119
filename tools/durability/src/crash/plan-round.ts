import { type DurabilityPoint, durabilityPoints } from "@stave/object-store";
import type { Random } from "../random.ts";
import { fileOperation } from "./die.ts";
import type { Death, LoadKind } from "./messages.ts";

/** Where a round ends: a step of the engine, any moment under load, or in the recovery after that. */
export const moments = [...durabilityPoints, "any moment", "recovery"] as const;
export type Moment = (typeof moments)[number];

export type RoundPlan = {
  readonly moment: Moment;
  readonly kind: LoadKind;
  /** The step at which the first worker dies; undefined when it is the harness that ends the round. */
  readonly point: { readonly at: DurabilityPoint; readonly hit: number } | undefined;
  /** After which the harness ends the round, point or not. */
  readonly limitMs: number;
  /** How long the other worker goes on alone, and a new one beside it. */
  readonly survivorMs: number;
  /** Recoveries that are ended themselves, one after the other: at a step, or after some milliseconds. */
  readonly recoveries: readonly ({ readonly hit: number } | { readonly afterMs: number })[];
  readonly isSwept: boolean;
  readonly isChecked: boolean;
};

const kindOf: Partial<Record<DurabilityPoint, LoadKind>> = {
  "segment:begun": "segments",
  "garbage:files-removed": "uploads",
  "compaction:copied": "compaction",
  "compaction:segment-removed": "compaction",
};

/** How often a point is reached within a round, about. */
const hitsOf: Readonly<Record<DurabilityPoint, number>> = {
  "file:written": 10,
  "file:flushed": 10,
  "log:appended": 60,
  "log:flushed": 60,
  "index:committed": 60,
  "segment:begun": 1,
  "checkpoint:begun": 2,
  "checkpoint:index-flushed": 2,
  "checkpoint:written": 2,
  "garbage:files-removed": 8,
  "compaction:copied": 3,
  "compaction:segment-removed": 2,
};

export function planRound(moment: Moment, random: Random): RoundPlan {
  const at = durabilityPoints.find((point) => point === moment);
  const point = at === undefined ? undefined : { at, hit: drawHit(at, random) };
  return {
    moment,
    kind: (at && kindOf[at]) ?? random.pick(["mixed", "mixed", "mixed", "uploads", "compaction"]),
    point,
    limitMs: at === undefined ? 5 + random.below(450) : limitOf(at),
    survivorMs: random.isOneIn(2) ? 20 + random.below(150) : 0,
    recoveries: planRecoveries(moment, random),
    isSwept: random.isOneIn(2),
    isChecked: random.isOneIn(2),
  };
}

function drawHit(point: DurabilityPoint, random: Random): number {
  // The first checkpoint is made before the load begins, the second one a second later, under load.
  if (point.startsWith("checkpoint:")) return random.isOneIn(4) ? 1 : 2;
  return 1 + random.below(hitsOf[point]);
}

/** A checkpoint is made every second; a segment has 64 MiB. */
function limitOf(point: DurabilityPoint): number {
  if (point === "segment:begun") return 15_000;
  return point.startsWith("checkpoint:") || point.startsWith("compaction:") ? 3_000 : 2_000;
}

const recoveryCalls = 45;
const recoveryMs = 60;

function planRecoveries(moment: Moment, random: Random): RoundPlan["recoveries"] {
  const isWanted = moment === "recovery" || random.isOneIn(6);
  const count = isWanted ? 1 + random.below(3) : 0;
  return Array.from({ length: count }, () =>
    random.isOneIn(3) ? { afterMs: random.below(recoveryMs) } : { hit: 1 + random.below(recoveryCalls) },
  );
}

/** Of a recovery that is to end itself. */
export function deathOfRecovery(recovery: RoundPlan["recoveries"][number], how: Death["how"]): Death | undefined {
  return "hit" in recovery ? { how, at: fileOperation, hit: recovery.hit } : undefined;
}
