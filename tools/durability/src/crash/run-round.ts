import { setTimeout as delay } from "node:timers/promises";
import type { Actor, ActorPool } from "./actor-pool.ts";
import { corruptSegment } from "./corrupt-segment.ts";
import type { Judge } from "./judge.ts";
import type { Machine } from "./machine.ts";
import type { ActorEvent, CrashFinding, Death, KeyState, VerdictEvent } from "./messages.ts";
import { deathOfRecovery, type RoundPlan } from "./plan-round.ts";
import { raceWithin } from "./race-within.ts";

export interface RoundContext {
  readonly machine: Machine;
  readonly pool: ActorPool;
  readonly judge: Judge;
  readonly directory: string;
  readonly baseline: readonly KeyState[];
  readonly seed: number;
  readonly serial: number;
  readonly workers: 1 | 2;
  /** What the harness must find: writes that were never flushed, or changed bytes. */
  readonly sabotage: "relaxed" | "corrupt" | undefined;
}

export type RoundResult = VerdictEvent & {
  /** Whether the round ended where it was planned to. */
  readonly isReached: boolean;
  readonly acknowledged: number;
};

const patienceMs = 30_000;

/** Load, crash, recovery, verdict. */
export async function runRound(plan: RoundPlan, context: RoundContext): Promise<RoundResult> {
  const { machine, judge, baseline, seed, sabotage } = context;
  const crash = await crashUnderLoad(plan, context);
  let directory = await machine.restart();
  const findings = [...crash.findings];
  for (const recovery of plan.recoveries) {
    const { isReached, finding } = await crashInRecovery(directory, { recovery, context });
    if (finding !== undefined) findings.push(finding);
    if (plan.moment === "recovery") crash.isReached = isReached;
    directory = await machine.restart();
  }
  if (sabotage === "corrupt") await corruptSegment(directory, seed + context.serial);
  const verdict = await judge.judge({
    role: "judge",
    directory,
    seed,
    baseline,
    events: crash.events,
    frozenAt: crash.frozenAt,
    isRelaxedAllowed: machine.cut !== undefined && sabotage !== "relaxed",
    isSwept: plan.isSwept,
    isChecked: plan.isChecked,
  });
  return {
    ...verdict,
    findings: [...findings, ...verdict.findings],
    isReached: crash.isReached,
    acknowledged: crash.events.filter(({ type }) => type === "acknowledged").length,
  };
}

type Crash = {
  readonly events: readonly ActorEvent[];
  readonly frozenAt: number;
  readonly findings: readonly CrashFinding[];
  isReached: boolean;
};

async function crashUnderLoad(plan: RoundPlan, context: RoundContext): Promise<Crash> {
  const { pool, directory, workers, machine } = context;
  const events: ActorEvent[] = [];
  const findings: CrashFinding[] = [];
  const { promise: isDying, resolve: onDying } = Promise.withResolvers<"dying">();
  const actors: Actor[] = [];
  const onEvent = (event: ActorEvent) => {
    events.push(event);
    if (event.type === "dying") onDying("dying");
    if (event.type === "failed") findings.push({ kind: "error", subject: "an operation", text: event.text });
  };
  const startWorker = async (worker: number) => {
    const { baseline, seed, serial } = context;
    const actor = await pool.take();
    actors.push(actor);
    const death = worker === 0 && plan.point !== undefined ? deathAt(plan.point, machine) : undefined;
    const keys = baseline.filter(({ address }) => address.key.startsWith(`w${worker}/`));
    const isOwner = workers === 1;
    actor.send({ role: "worker", directory, isOwner, worker, seed, serial, kind: plan.kind, death, keys }, onEvent);
    return actor;
  };

  if (workers === 2) {
    const owner = await pool.take();
    actors.push(owner);
    const { promise, resolve } = Promise.withResolvers<void>();
    owner.send({ role: "owner", directory }, () => resolve());
    await Promise.race([promise, owner.gone]);
  }
  const first = await startWorker(0);
  if (workers === 2) await startWorker(1);
  const anyGone = Promise.race(actors.map(({ gone }) => gone)).then(() => "gone" as const);
  const end = await raceWithin<"dying" | "gone">(plan.limitMs, [isDying, anyGone]);

  const isReached = plan.point === undefined ? end === "time" : end !== "time";
  if (end !== "time" && workers === 2 && machine.cut === undefined && plan.survivorMs > 0) {
    await startWorker(2);
    await delay(plan.survivorMs);
  }
  // All but the one that has said that it dies must have lived until now.
  const victim = events.some(({ type }) => type === "dying") ? first : undefined;
  for (const actor of actors) {
    const text = actor === victim ? undefined : actor.ended();
    if (text !== undefined) findings.push({ kind: "error", subject: "a process", text });
  }
  const frozenAt = await crash(actors, { machine, isStopped: end !== "time", events });
  return { events, frozenAt, findings, isReached };
}

function deathAt({ at, hit }: { readonly at: string; readonly hit: number }, machine: Machine): Death {
  return { how: machine.cut === undefined ? "kill" : "stop", at, hit };
}

type Crashed = { readonly machine: Machine; readonly isStopped: boolean; readonly events: readonly ActorEvent[] };

/** Ends all processes, and cuts the power if there is one; resolves to how many events had been told by then. */
async function crash(actors: readonly Actor[], { machine, isStopped, events }: Crashed): Promise<number> {
  // Who stands still tells nothing more: all that it has told was told before the cut.
  if (isStopped && machine.cut !== undefined) await Promise.all(actors.map((actor) => actor.stop()));
  const toldBefore = events.length;
  await machine.cut?.();
  for (const actor of actors) actor.kill();
  await Promise.all(actors.map(({ gone }) => gone));
  return isStopped || machine.cut === undefined ? events.length : toldBefore;
}

type RecoveryOptions = { readonly recovery: RoundPlan["recoveries"][number]; readonly context: RoundContext };

/** Ends a recovery in its middle. */
async function crashInRecovery(
  directory: string,
  { recovery, context: { pool, machine } }: RecoveryOptions,
): Promise<{ readonly isReached: boolean; readonly finding?: CrashFinding }> {
  const actor = await pool.take();
  const { promise, resolve } = Promise.withResolvers<ActorEvent["type"]>();
  const death = deathOfRecovery(recovery, machine.cut === undefined ? "kill" : "stop");
  actor.send({ role: "recover", directory, death }, ({ type }) => resolve(type));
  const limitMs = "afterMs" in recovery ? recovery.afterMs : patienceMs;
  const end = await raceWithin<ActorEvent["type"] | "gone">(limitMs, [promise, actor.gone.then(() => "gone" as const)]);
  const stray = end === "gone" ? actor.ended() : undefined;
  const isHung = end === "time" && "hit" in recovery;
  await crash([actor], { machine, isStopped: end === "dying", events: [] });
  const text = isHung ? `a recovery takes more than ${patienceMs / 1000} s` : stray && `a recovery fails: ${stray}`;
  return {
    isReached: end === "dying" || (end === "time" && !isHung),
    ...(text === undefined ? {} : { finding: { kind: "start", subject: "the store", text } }),
  };
}
