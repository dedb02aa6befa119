import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Finding, findingId } from "../finding.ts";
import { HarnessError } from "../harness-error.ts";
import { judgeCut, type Verdict } from "../judge-cut.ts";
import { type Address, type Cut, createLedger, type Ledger, nameOf, type Operation } from "../ledger.ts";
import { createRandom, type Random } from "../random.ts";
import type { Filesystem } from "../requirements.ts";
import { createDevice, type Device } from "./device.ts";
import { gatewayCommand } from "./gateway-command.ts";
import type { PowercutOptions } from "./options.ts";
import { type Capabilities, type Feature, plainBucket, prepareBuckets } from "./prepare-buckets.ts";
import { type Load, runLoad } from "./run-load.ts";
import { createS3Reader } from "./s3-reader.ts";
import { createS3Writer } from "./s3-writer.ts";
import { type RunningServer, type ServerSettings, startServer } from "./start-server.ts";
import { createWorkDirectory, type WorkDirectory } from "./work-directory.ts";

export type FoundAtCut = Finding & { readonly cut: number };

/** What the cuts on one file system have shown. */
export type FilesystemResult = {
  readonly filesystem: Filesystem;
  cuts: number;
  /** Disks it took: one that fills up is replaced by a new one, with a new server. */
  disks: number;
  /** Writes that the server acknowledged. */
  acknowledged: number;
  /** Of those, the ones whose effect was looked at after a cut. An overwritten one leaves none. */
  judged: number;
  /** Each fault once, however many cuts show it. */
  readonly findings: FoundAtCut[];
  /** Writes that were not acknowledged, by the answer they got. */
  readonly failures: Map<string, number>;
  missing: ReadonlyMap<Feature, string>;
  elapsedMs: number;
  /** Why the run ended before all cuts were made. */
  trouble: string | undefined;
};

export interface RunHooks {
  readonly signal: AbortSignal;
  readonly onCut?: (result: FilesystemResult) => void;
}

/** A disk fuller than this is replaced by a new one. */
const fullest = 0.5;
/** Keys that have changed in so many cuts are read in full after each. */
const cutsRemembered = 3;
const sampledKeys = 40;
const [shortestGapMs, longestGapMs] = [50, 700] as const;

/** Makes all cuts on all file systems. Leaves nothing behind, however it ends. */
export async function runPowercut(options: PowercutOptions, hooks: RunHooks): Promise<readonly FilesystemResult[]> {
  const results: FilesystemResult[] = [];
  const directory = await createWorkDirectory(options.workDirectory);
  try {
    const settings = await createSettings(options, { directory, signal: hooks.signal });
    const device = await createDevice({ directory: directory.path, imageMib: options.imageMib });
    for (const filesystem of options.filesystems) {
      const result = createResult(filesystem);
      results.push(result);
      const startedAt = Date.now();
      try {
        for (let round = 1; result.cuts < options.cuts; round += 1) {
          result.disks = round;
          await runRound(result, { options, hooks, settings, device, round });
        }
      } catch (error) {
        hooks.signal.throwIfAborted();
        // What the cuts before have shown still stands.
        if (!(error instanceof HarnessError) || error.code !== "server" || result.cuts === 0) throw error;
        result.trouble = error.message;
      }
      result.elapsedMs = Date.now() - startedAt;
    }
    return results;
  } finally {
    await directory.remove();
  }
}

async function createSettings(
  options: PowercutOptions,
  { directory, signal }: { readonly directory: WorkDirectory; readonly signal: AbortSignal },
): Promise<ServerSettings> {
  const credentials = {
    accessKeyId: `POWERCUT${randomBytes(6).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  return {
    command: options.start ?? (await gatewayCommand(directory.path, credentials)),
    credentials,
    region: options.region,
    isWithoutFlush: options.withoutFlush,
    startupMs: options.startupSeconds * 1000,
    onStart: (pid) => directory.addServer(pid),
    signal,
  };
}

type RoundContext = {
  readonly options: PowercutOptions;
  readonly hooks: RunHooks;
  readonly settings: ServerSettings;
  readonly device: Device;
  readonly round: number;
};

/** One server on one new disk, until all cuts are made or the disk fills up. */
async function runRound(result: FilesystemResult, context: RoundContext): Promise<void> {
  const { options, hooks, settings, device, round } = context;
  const seed = options.seed + round - 1;
  const ledger = createLedger({ seed });
  const random = createRandom(seed, `cuts on ${result.filesystem}`);
  const data = join(await device.format(result.filesystem), "data");
  let server: RunningServer | undefined;
  let load: Load | undefined;
  try {
    await mkdir(data, { mode: 0o700 });
    // This folder is the harness's own doing. All that the server makes in it is the server's to make durable.
    await device.flush();
    server = await startServer(data, settings);
    await server.ready();
    const writer = createS3Writer(server.client, ledger);
    const capabilities = await prepareBuckets({ server, writer, bucketSetup: options.bucketSetup });
    result.missing = capabilities.missing;
    load = runLoad({
      writer,
      capabilities,
      writers: options.writers,
      seed,
      onWritten: ({ kind, answer, missingSource }) => {
        // A writer copies what was acknowledged to itself, and nobody else writes there.
        if (missingSource !== undefined) noteMissing(result, missingSource);
        if (kind === "acknowledged") result.acknowledged += 1;
        if (kind === "failed") result.failures.set(answer, (result.failures.get(answer) ?? 0) + 1);
      },
    });
    await makeCuts(result, { ...context, ledger, random, server, capabilities, load });
  } finally {
    const stopped = load?.stop();
    if (hooks.signal.aborted) await server?.kill();
    await stopped;
    await server?.kill();
    await device.unmount();
  }
}

/** Lost without any cut. */
function noteMissing(result: FilesystemResult, source: Address): void {
  const finding: Finding = {
    kind: "lost",
    subject: nameOf(source),
    operation: 0,
    text: "was acknowledged, and is not there to be copied while the server runs",
  };
  if (result.findings.some((it) => findingId(it) === findingId(finding))) return;
  result.findings.push({ ...finding, cut: result.cuts + 1 });
}

type CutContext = RoundContext & {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly server: RunningServer;
  readonly capabilities: Capabilities;
  readonly load: Load;
};

async function makeCuts(result: FilesystemResult, context: CutContext): Promise<void> {
  const { options, hooks, device, ledger, random, server, load } = context;
  const judged = new Set<Operation>();
  const found = new Set<string>();
  const beginnings: number[] = [];
  do {
    await delay(shortestGapMs + random.below(longestGapMs - shortestGapMs + 1), undefined, { signal: hooks.signal });
    const end = server.ended();
    if (end !== undefined) throw new HarnessError("server", `The server stopped under load: ${end}`);

    // What is written while everything is flushed may be cut in the middle: the control is about what was flushed.
    if (options.control) await load.limit(0);
    const cut = ledger.freeze();
    if (options.control) await device.flush();
    await device.cut();
    cut.end();
    beginnings.push(cut.beganAt);
    // The load goes on, but it must not take all of the machine from what looks at the copy.
    void load.limit(Math.ceil(options.writers / 4));
    const verdict = await judgeCopy(cut, { ...context, since: beginnings.at(-1 - cutsRemembered) ?? 0 });
    void load.limit(options.writers);
    hooks.signal.throwIfAborted();

    result.cuts += 1;
    for (const operation of verdict.judged) {
      if (!judged.has(operation)) result.judged += 1;
      judged.add(operation);
    }
    for (const finding of verdict.findings) {
      if (found.has(findingId(finding))) continue;
      found.add(findingId(finding));
      result.findings.push({ ...finding, cut: result.cuts });
    }
    hooks.onCut?.(result);
  } while (result.cuts < options.cuts && (await device.fullness()) < fullest);
}

/** Starts a second server on the copy, as after a power cut, and looks at everything through it. */
async function judgeCopy(cut: Cut, context: CutContext & { readonly since: number }): Promise<Verdict> {
  const { device, settings, capabilities, since, random, hooks } = context;
  let server: RunningServer | undefined;
  try {
    server = await startServer(join(await device.mountCopy(), "data"), settings);
    try {
      await server.ready({ bucket: plainBucket });
    } catch (error) {
      hooks.signal.throwIfAborted();
      if (!(error instanceof HarnessError)) throw error;
      const finding = { kind: "start", subject: "the server", operation: cut.beganAt } as const;
      return { judged: new Set(), findings: [{ ...finding, text: `does not start: ${error.message}` }] };
    }
    const { buckets } = capabilities;
    const settle = () => delay(1000, undefined, { signal: hooks.signal });
    return await judgeCut(cut, createS3Reader(server.client), { buckets, since, sample: sampledKeys, random, settle });
  } finally {
    await server?.kill();
    await device.removeCopy();
  }
}

function createResult(filesystem: Filesystem): FilesystemResult {
  return {
    filesystem,
    cuts: 0,
    disks: 0,
    acknowledged: 0,
    judged: 0,
    findings: [],
    failures: new Map(),
    missing: new Map(),
    elapsedMs: 0,
    trouble: undefined,
  };
}
