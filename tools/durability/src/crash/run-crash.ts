import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createDevice } from "../powercut/device.ts";
import { createWorkDirectory, type WorkDirectory } from "../powercut/work-directory.ts";
import { createRandom } from "../random.ts";
import { type ActorPool, createActorPool } from "./actor-pool.ts";
import { createJudge, type Judge } from "./judge.ts";
import { keepDirectory } from "./keep-directory.ts";
import { createFolderMachine, createPowerMachine, type Machine } from "./machine.ts";
import type { CrashFinding, KeyState } from "./messages.ts";
import type { CrashOptions } from "./options.ts";
import { type Moment, moments, planRound } from "./plan-round.ts";
import { runRound } from "./run-round.ts";

export type FoundInRound = CrashFinding & { readonly round: number; readonly moment: Moment };

/** What the crashes at one moment have shown. */
export type MomentResult = {
  readonly moment: Moment;
  rounds: number;
  /** Rounds in which the load came to it. */
  reached: number;
  acknowledged: number;
  /** Of those, the ones whose effect was looked at. An overwritten one leaves none. */
  judged: number;
  readonly findings: FoundInRound[];
};

export type CrashResult = {
  readonly moments: ReadonlyMap<Moment, MomentResult>;
  rounds: number;
  /** Recoveries that were crashed themselves. */
  recoveries: number;
  elapsedMs: number;
  /** Directories in which something was found. */
  readonly kept: string[];
};

export interface CrashHooks {
  readonly signal: AbortSignal;
  readonly onRound?: (result: CrashResult) => void;
}

const roundsOfDirectory = 25;
const imageMib = 1024;
/** More than any worker writes in a round. */
const serialsOfRound = 1_000_000;

/** Runs all rounds. Leaves nothing behind but directories with findings, however it ends. */
export async function runCrash(options: CrashOptions, hooks: CrashHooks): Promise<CrashResult> {
  await mkdir(options.directory, { recursive: true });
  const work = await createWorkDirectory(options.directory);
  const pool = createActorPool({
    ready: options.workers + 1,
    cacheDirectory: join(work.path, "compiled"),
    onStart: (pid) => work.addServer(pid),
  });
  const onAbort = () => void pool.close();
  hooks.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const machine = await createMachine(options, work);
    return await runRounds(options, { hooks, machine, pool });
  } finally {
    hooks.signal.removeEventListener("abort", onAbort);
    await pool.close();
    await work.remove();
  }
}

async function createMachine({ powerCut }: CrashOptions, work: WorkDirectory): Promise<Machine> {
  if (powerCut === undefined) return createFolderMachine(work.path);
  return createPowerMachine(await createDevice({ directory: work.path, imageMib }), powerCut);
}

type RunContext = { readonly hooks: CrashHooks; readonly machine: Machine; readonly pool: ActorPool };

async function runRounds(options: CrashOptions, { hooks, machine, pool }: RunContext): Promise<CrashResult> {
  const result: CrashResult = { moments: new Map(), rounds: 0, recoveries: 0, elapsedMs: 0, kept: [] };
  const byMoment = result.moments as Map<Moment, MomentResult>;
  const judge = createJudge(pool);
  const startedAt = Date.now();
  let directory: string | undefined;
  let baseline: readonly KeyState[] = [];
  while (result.rounds < options.rounds) {
    const round = result.rounds + 1;
    const random = createRandom(options.seed + round, "round");
    const plan = planRound(chooseMoment(options, random.pick(moments), round), random);
    if (directory === undefined || round % roundsOfDirectory === 0 || (await machine.isFull())) {
      directory = await prepare(machine, judge, options);
      baseline = [];
    }
    const { seed, workers, sabotage } = options;
    const serial = round * serialsOfRound;
    const shown = await runRound(plan, {
      machine,
      pool,
      judge,
      directory,
      baseline,
      seed,
      serial,
      workers,
      sabotage,
    });
    hooks.signal.throwIfAborted();
    result.rounds = round;
    result.recoveries += plan.recoveries.length;
    result.elapsedMs = Date.now() - startedAt;
    const moment = byMoment.get(plan.moment) ?? createMomentResult(plan.moment);
    byMoment.set(plan.moment, moment);
    moment.rounds += 1;
    moment.reached += shown.isReached ? 1 : 0;
    moment.acknowledged += shown.acknowledged;
    moment.judged += shown.judged;
    moment.findings.push(...shown.findings.map((finding) => ({ ...finding, round, moment: plan.moment })));
    baseline = shown.baseline;
    if (shown.findings.length > 0) {
      const kept = await keepDirectory(directory, { ...options, round, isEnough: result.kept.length >= 3 });
      if (kept !== undefined) result.kept.push(kept);
      directory = undefined;
    }
    hooks.onRound?.(result);
  }
  return result;
}

function chooseMoment({ point }: CrashOptions, drawn: Moment, round: number): Moment {
  if (point === "random") return drawn;
  return point === "all" ? (moments[(round - 1) % moments.length] ?? drawn) : point;
}

async function prepare(machine: Machine, judge: Judge, { sabotage }: CrashOptions): Promise<string> {
  const directory = await machine.fresh();
  await judge.prepare(directory, { isAllRelaxed: sabotage === "relaxed" });
  return directory;
}

function createMomentResult(moment: Moment): MomentResult {
  return { moment, rounds: 0, reached: 0, acknowledged: 0, judged: 0, findings: [] };
}
