import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Case, type CaseContext, createCase } from "./create-case.ts";
import { exchange } from "./exchange.ts";
import { type GatewayProcess, type Memory, startGateway } from "./gateway-process.ts";
import { createIdentities, type Identities } from "./identities.ts";
import { type Finding, judge } from "./judge.ts";
import { findGrowth, type MemorySample } from "./memory-rule.ts";
import type { FuzzOptions } from "./options.ts";
import type { Recording } from "./record.ts";
import { toBytes } from "./wire-request.ts";
import { contentCanary, createWorld, type World } from "./world.ts";

export type FuzzResult = {
  requests: number;
  elapsedMs: number;
  /** Of all answers, by status. */
  readonly statuses: Map<string, number>;
  readonly mutations: Map<string, number>;
  readonly findings: (Finding & { readonly file?: string })[];
  /** Findings, with those like others that are not kept. */
  found: number;
  /** Of each process, after the warm-up and at the end. */
  memory: readonly { readonly pid: number; readonly before: Memory; readonly after: Memory }[];
  operations: readonly string[];
  warnings: number;
};

export interface FuzzHooks {
  readonly signal: AbortSignal;
  readonly onProgress?: (result: FuzzResult) => void;
}

/** Cases between two looks at the processes and at what must not change. */
const periodCases = 2500;
const keptOfAKind = 5;

/** Sends all cases. Leaves nothing behind but findings, however it ends. */
export async function runFuzz(options: FuzzOptions, { signal, onProgress }: FuzzHooks): Promise<FuzzResult> {
  const identities = createIdentities(options.seed);
  const canaries = canariesOf(identities);
  const gateway = await startGateway({ identities, canaries });
  const result = createResult();
  const started = performance.now();
  try {
    const world = createWorld(gateway.port, { identities, now: () => new Date() });
    const samples: MemorySample[] = [];
    const sample = async () => samples.push({ requests: result.requests, memory: await gateway.memory() });
    await world.prepare();
    let untouched = await world.snapshot();
    const run = { options, identities, canaries, gateway, world, result, signal };
    for (let done = 0; done < options.requests && !signal.aborted; done += periodCases) {
      const numbers = {
        from: options.first + done,
        to: options.first + Math.min(done + periodCases, options.requests),
      };
      await runPeriod(numbers, run);
      untouched = await look(numbers, { ...run, untouched });
      await sample();
      onProgress?.(result);
    }
    const growth = findGrowth(samples, options.requests);
    result.memory = growth.memory;
    for (const text of growth.texts) await keep({ kind: "memory", text }, run);
    result.elapsedMs = performance.now() - started;
    result.operations = [...gateway.operations].sort();
    result.warnings = gateway.warnings();
    return result;
  } finally {
    await gateway.stop();
  }
}

/** None of them may be seen by anybody but the protected bucket's owner. */
export function canariesOf(identities: Identities): readonly string[] {
  const secrets = Object.values(identities).map(({ secretAccessKey }) => secretAccessKey);
  return [...secrets, contentCanary, "CanaryTokenOfTheFuzzer"];
}

type Run = {
  readonly options: FuzzOptions;
  readonly identities: Identities;
  readonly canaries: readonly string[];
  readonly gateway: GatewayProcess;
  readonly world: World;
  readonly result: FuzzResult;
  readonly signal: AbortSignal;
};
type Numbers = { readonly from: number; readonly to: number };

async function runPeriod({ from, to }: Numbers, run: Run): Promise<void> {
  const { options, identities, gateway, world, result, signal } = run;
  const at = new Date();
  const context: CaseContext = { seed: options.seed, identities, recordings: await world.prepare(), at };
  const send = async (it: Case): Promise<readonly string[]> => {
    const outcome = await exchange(it.pieces, {
      port: gateway.port,
      localAddress: `127.0.0.${1 + (it.number % 250)}`,
      ending: it.ending,
      timeoutMs: options.timeoutSeconds * 1000,
    });
    const { findings, statuses } = judge(it, outcome, run);
    for (const finding of findings) await keep(finding, run, { it, at, received: outcome.received });
    return statuses;
  };
  // As they are, once: every operation is reached, whatever the seed.
  if (from === options.first) for (const recording of context.recordings.fuzz) await send(unchanged(recording));

  let next = from;
  const work = async (): Promise<void> => {
    while (next < to && !signal.aborted) {
      const number = next;
      next += 1;
      const it = createCase(number, context);
      const statuses = await send(it);
      result.requests += 1;
      for (const status of statuses) count(result.statuses, status);
      for (const name of it.mutations) count(result.mutations, name);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, work));
}

function unchanged({ model, request }: Recording): Case {
  const source = `${model.operation} of fuzz`;
  return { number: 0, source, mutations: [], pieces: [toBytes(request)], ending: { kind: "keep", answers: 1 } };
}

/** What can only be seen when nothing is under way. Gives back what there is now, so that a change is told once. */
async function look({ from, to }: Numbers, run: Run & { readonly untouched: string }): Promise<string> {
  for (const text of await run.gateway.takeTroubles())
    await keep({ kind: "process", text: `${text} (cases ${from} to ${to})` }, run);
  const snapshot = await run.world.snapshot();
  const now = snapshot.split("\n");
  const changed = run.untouched
    .split("\n")
    .flatMap((line, at) => (line === now[at] ? [] : [`${line}\n  is now ${now[at]}`]));
  if (changed.length > 0)
    await keep({ kind: "effect", text: `cases ${from} to ${to} changed ${changed.join("\n")}` }, run);
  return snapshot;
}

type Evidence = { readonly it: Case; readonly at: Date; readonly received: Buffer };

/** Writes a finding down, with all that is needed to see it again. Of many that are alike only the first are kept. */
async function keep(
  finding: Finding,
  { result, options }: Pick<Run, "result" | "options">,
  evidence?: Evidence,
): Promise<void> {
  result.found += 1;
  const shape = (text: string) => text.replace(/[0-9]{2,}|\/\S+/g, "…").slice(0, 60);
  const alike = result.findings.filter(
    ({ kind, text }) => kind === finding.kind && shape(text) === shape(finding.text),
  );
  if (alike.length >= keptOfAKind) return;
  if (evidence === undefined) {
    result.findings.push(finding);
    return;
  }
  const { it, at, received } = evidence;
  const file = join(options.findings, `${options.seed}-${it.number}.json`);
  result.findings.push({ ...finding, file });
  const record = {
    ...finding,
    seed: options.seed,
    number: it.number,
    signedAt: at.toISOString(),
    source: it.source,
    mutations: it.mutations,
    ending: it.ending,
    received: received.subarray(0, 4000).toString("latin1"),
    sent: Buffer.concat(it.pieces).subarray(0, 4000).toString("latin1"),
    pieces: it.pieces.map((piece) => piece.toString("base64")),
  };
  await mkdir(options.findings, { recursive: true });
  await writeFile(file, `${JSON.stringify(record, undefined, 2)}\n`);
}

function createResult(): FuzzResult {
  return {
    requests: 0,
    elapsedMs: 0,
    statuses: new Map(),
    mutations: new Map(),
    findings: [],
    found: 0,
    memory: [],
    operations: [],
    warnings: 0,
  };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
