import { type FindingKind, findingKinds } from "../finding.ts";
import type { PowercutOptions } from "./options.ts";
import type { FilesystemResult } from "./run-powercut.ts";

/** 0 nothing found, 1 something found or too little judged, 3 a control came out wrong. */
export type ExitCode = 0 | 1 | 3;

export type Report = {
  readonly exitCode: ExitCode;
  readonly text: string;
  readonly json: unknown;
};

/** Fewer acknowledged writes for each cut than this prove nothing. */
const enoughForEachCut = 20;
const findingsShown = 10;
const titles: Readonly<Record<FindingKind, string>> = {
  lost: "lost",
  torn: "torn",
  undeleted: "undeleted",
  phantom: "phantom",
  listing: "listing",
  start: "no start",
};

/** What the run has shown, for people and as data. */
export function createReport(results: readonly FilesystemResult[], options: PowercutOptions): Report {
  const findings = results.flatMap((result) => result.findings.map((it) => ({ ...it, filesystem: result.filesystem })));
  const { exitCode, verdict } = conclude(results, options);
  const shown = findings.slice(0, findingsShown).map(({ filesystem, cut, kind, subject, text }) => {
    return `  ${filesystem}, cut ${cut}: ${titles[kind]}: ${subject}: ${text}`;
  });
  const more = findings.length - shown.length;
  const lines = [
    formatTable(results),
    ...(shown.length > 0
      ? ["", more > 0 ? `The first ${shown.length} of ${findings.length} findings:` : "Findings:"]
      : []),
    ...shown,
    ...formatNotes(results),
    "",
    verdict,
    `Seed ${options.seed}. Again: ${rerunCommand(options)}`,
  ];
  const json = {
    exitCode,
    verdict,
    mode: options.control ? "control" : options.withoutFlush ? "without-flush" : "normal",
    seed: options.seed,
    command: rerunCommand(options),
    filesystems: results.map((result) => ({
      ...result,
      counts: countKinds(result),
      failures: Object.fromEntries(result.failures),
      missing: Object.fromEntries(result.missing),
    })),
  };
  return { exitCode, text: lines.join("\n"), json };
}

function conclude(
  results: readonly FilesystemResult[],
  options: PowercutOptions,
): { exitCode: ExitCode; verdict: string } {
  const found = results.some(({ findings }) => findings.length > 0);
  const thin = results.filter(({ judged, cuts }) => judged < enoughForEachCut * cuts);
  if (options.withoutFlush) {
    return found
      ? { exitCode: 1, verdict: "NEGATIVE CONTROL: without flushes writes are lost, and the harness sees it." }
      : {
          exitCode: 3,
          verdict:
            "NEGATIVE CONTROL FAILED: without flushes nothing was lost. Is the server linked statically, or does it flush by io_uring?",
        };
  }
  if (options.control && found) {
    return {
      exitCode: 3,
      verdict:
        "CONTROL FAILED: everything was flushed, and still something is wrong. The harness does not fit this server, or the server does this without any cut: its figures say nothing.",
    };
  }
  if (found) return { exitCode: 1, verdict: "FAILED: acknowledged writes did not survive, or what survived is wrong." };
  const stopped = results.find(({ trouble }) => trouble !== undefined);
  if (stopped !== undefined) return { exitCode: 1, verdict: `FAILED on ${stopped.filesystem}: ${stopped.trouble}` };
  if (thin.length > 0) {
    const where = thin.map(({ filesystem }) => filesystem).join(", ");
    return {
      exitCode: 1,
      verdict: `TOO LITTLE JUDGED on ${where}: fewer than ${enoughForEachCut} acknowledged writes for each cut.`,
    };
  }
  if (options.control)
    return { exitCode: 0, verdict: "CONTROL PASSED: what was flushed is there. The harness fits this server." };
  return { exitCode: 0, verdict: "PASSED: every acknowledged write survived every cut." };
}

function formatTable(results: readonly FilesystemResult[]): string {
  const header = [
    "file system",
    "cuts",
    "acknowledged",
    "judged",
    ...findingKinds.map((kind) => titles[kind]),
    "s/cut",
  ];
  const rows = results.map((result) => {
    const counts = countKinds(result);
    const seconds = result.elapsedMs / 1000 / Math.max(result.cuts, 1);
    const { filesystem, cuts, acknowledged, judged } = result;
    const numbers = [cuts, acknowledged, judged, ...findingKinds.map((kind) => counts[kind])];
    return [filesystem, ...numbers.map((it) => it.toLocaleString("en")), seconds.toFixed(1)];
  });
  const widths = header.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  ");
  return [header, ...rows].map(format).join("\n");
}

function countKinds({ findings }: FilesystemResult): Readonly<Record<FindingKind, number>> {
  const count = (kind: FindingKind) => findings.filter((finding) => finding.kind === kind).length;
  return Object.fromEntries(findingKinds.map((kind) => [kind, count(kind)])) as Record<FindingKind, number>;
}

function formatNotes(results: readonly FilesystemResult[]): readonly string[] {
  const missing = new Map(results.flatMap((result) => [...result.missing]));
  const notes = [...missing].map(([feature, reason]) => `Not tested: ${feature}, because ${reason}.`);
  for (const { filesystem, failures } of results) {
    const counts = [...failures].map(([status, count]) => `${count} × ${status}`);
    if (counts.length > 0) notes.push(`Writes on ${filesystem} that were not acknowledged: ${counts.join(", ")}.`);
  }
  return notes.length > 0 ? ["", ...notes] : [];
}

/** The choices that are not the default, with the seed. */
function rerunCommand(options: PowercutOptions): string {
  const { start, bucketSetup, filesystems, cuts, seed, writers, region, control, withoutFlush, imageMib } = options;
  const flags = [
    ...(start === undefined ? [] : [`--start '${start.replaceAll("'", "'\\''")}'`]),
    ...(bucketSetup === undefined ? [] : [`--bucket-setup '${bucketSetup.replaceAll("'", "'\\''")}'`]),
    `--filesystem ${filesystems.length === 1 ? filesystems[0] : "all"} --cuts ${cuts} --seed ${seed}`,
    ...(writers === 8 ? [] : [`--writers ${writers}`]),
    ...(region === "us-east-1" ? [] : [`--region ${region}`]),
    ...(imageMib === 2048 ? [] : [`--image-mib ${imageMib}`]),
    ...(control ? ["--control"] : []),
    ...(withoutFlush ? ["--without-flush"] : []),
  ];
  return `npm run powercut -- ${flags.join(" ")}`;
}
