import { type EmbeddedStore, lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { judgeCut } from "../judge-cut.ts";
import { nameOf } from "../ledger.ts";
import { createRandom } from "../random.ts";
import { bucketNames, versionedBucket } from "./buckets.ts";
import { buildCut, type RoundCut } from "./build-cut.ts";
import { checkDirectory } from "./check-directory.ts";
import { findBaseline } from "./find-baseline.ts";
import { judgeCounters } from "./judge-counters.ts";
import { abortUploads, judgeUploads } from "./judge-uploads.ts";
import type { CrashFinding, JudgeCommand, KeyState, VerdictEvent } from "./messages.ts";
import { createStoreReader } from "./store-reader.ts";

/** Opens a directory as a crash has left it, and holds everything in it against what was acknowledged. */
export async function judgeDirectory(command: JudgeCommand): Promise<VerdictEvent> {
  const { directory, isSwept, isChecked } = command;
  const findings: CrashFinding[] = [];
  let judged = 0;
  let baseline: readonly KeyState[] = [];
  try {
    const lock = await lockDataDirectory(directory);
    const store = await openEmbeddedStore({ directory });
    const round = buildCut(command);
    const verdict = await judgeStore(store, { round, isSwept });
    findings.push(...verdict.findings);
    judged = verdict.judged;
    if (findings.length === 0) baseline = await findBaseline(round, createStoreReader(store));
    await abortUploads(store);
    await store.close();
    await lock.release();
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    findings.push({ kind: "start", subject: "the store", text });
    return { type: "verdict", judged, findings, baseline };
  }
  if (isChecked) findings.push(...(await checkDirectory(directory)));
  return { type: "verdict", judged, findings, baseline };
}

type StoreVerdict = { readonly judged: number; readonly findings: readonly CrashFinding[] };

async function judgeStore(
  store: EmbeddedStore,
  { round, isSwept }: { readonly round: RoundCut; readonly isSwept: boolean },
): Promise<StoreVerdict> {
  const first = await judgeContents(store, round);
  const findings = [...first.findings, ...(await judgeUploads(store, round.uploads))];
  if (!isSwept || findings.length > 0) return { judged: first.judged, findings };

  // What is used must be there as before, and nothing must be left to sweep.
  await store.sweepOrphans();
  const second = await judgeContents(store, round);
  findings.push(...second.findings.map((finding) => ({ ...finding, text: `after the sweep: ${finding.text}` })));
  const { orphanFiles, stalePins } = await store.sweepOrphans({ dryRun: true });
  if (orphanFiles + stalePins > 0) {
    const text = `it has left ${orphanFiles} files and ${stalePins} marks of readers that nobody needs`;
    findings.push({ kind: "sweep", subject: "the sweep", text });
  }
  return { judged: first.judged, findings };
}

async function judgeContents(store: EmbeddedStore, round: RoundCut): Promise<StoreVerdict> {
  const reader = createStoreReader(store);
  const buckets = bucketNames.map((name) => ({ name, isVersioned: name === versionedBucket }));
  const verdict = await judgeCut(round.cut, reader, { buckets, random: createRandom(round.cut.seed, "sample") });
  const judged = [...verdict.judged].filter((operation) => round.operations.has(operation)).length;
  const findings: CrashFinding[] = verdict.findings.map(({ kind, subject, text }) => ({ kind, subject, text }));
  for (const { address, versionId, isAcknowledged } of round.removals) {
    if (!isAcknowledged || (await reader.readVersion(address, versionId)).kind === "absent") continue;
    const text = `the removal of version ${versionId} was acknowledged, and the version is there`;
    findings.push({ kind: "undeleted", subject: nameOf(address), text });
  }
  for (const bucket of bucketNames) findings.push(...(await judgeCounters(store, { bucket, reader })));
  return { judged, findings };
}
