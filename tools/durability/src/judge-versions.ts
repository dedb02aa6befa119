import { explainBody } from "./content.ts";
import type { Finding, FindingKind } from "./finding.ts";
import { contentsOf, findSource, hasBytes, neverVisible } from "./judge-key.ts";
import { type Cut, nameOf, type Operation, type Standing } from "./ledger.ts";
import type { ListedVersion, Observation, StateReader } from "./state-reader.ts";

export type VersionEvidence = {
  /** What a read of the key without a version brought. */
  readonly seen: Observation;
  /** The versions with this key in the listing; `undefined` if there was no listing. */
  readonly listedVersions: readonly ListedVersion[] | undefined;
  readonly reader: Pick<StateReader, "readVersion">;
  /** Versions made after this are read. The ledger's clock. */
  readonly since: number;
};

/** Holds all versions of one key against those that must, and those that may, be there. */
export async function judgeVersions(
  cut: Cut,
  standing: Standing,
  evidence: VersionEvidence,
): Promise<readonly Finding[]> {
  const { reader, since, listedVersions = [] } = evidence;
  const findings: Finding[] = [];
  for (const [versionId, operation] of standing.versions) {
    const entry = listedVersions.find((it) => it.versionId === versionId);
    if (operation.content === undefined) {
      if (evidence.listedVersions !== undefined)
        findings.push(...judgeMarker(standing, { operation, entry, seen: evidence.seen }));
      continue;
    }
    if (entry !== undefined && operation.begunAt <= since) continue;
    const seen = await reader.readVersion(standing.address, versionId);
    findings.push(...judgeVersion(cut, standing, { operation, seen }));
    if (evidence.listedVersions !== undefined) findings.push(...compare(standing, { operation, entry, seen }));
  }
  findings.push(...(await judgeOthers(cut, standing, evidence)), ...judgeLatest(standing, evidence));
  return findings;
}

type Judged = { readonly operation: Operation; readonly entry?: ListedVersion | undefined };
type Seen = { readonly seen: Observation };

function judgeMarker(standing: Standing, { operation, entry, seen }: Judged & Seen): readonly Finding[] {
  if (entry?.isDeleteMarker) return [];
  const isUndone = operation === standing.required && seen.kind === "object";
  const text = `the delete marker of operation ${operation.number} was acknowledged and is not there`;
  return [found(standing, isUndone ? "undeleted" : "lost", operation, text)];
}

function judgeVersion(cut: Cut, standing: Standing, { operation, seen }: Judged & Seen): readonly Finding[] {
  const { content, number } = operation;
  if (seen.kind === "absent") {
    return [found(standing, "lost", operation, `the version of operation ${number} was acknowledged and is not there`)];
  }
  if (seen.kind === "failed") {
    return [found(standing, "torn", operation, `the version of operation ${number} cannot be read: ${seen.reason}`)];
  }
  if (content === undefined || hasBytes(cut.seed, content, seen.body)) return [];
  const { kind, text } = explainBody(seen.body, { seed: cut.seed, expected: [content] });
  return [
    found(standing, kind === "foreign" ? "phantom" : "torn", operation, `the version of operation ${number}: ${text}`),
  ];
}

function compare(standing: Standing, { operation, entry, seen }: Judged & Seen): readonly Finding[] {
  const finding = (text: string) => [
    found(standing, "listing", operation, `the version of operation ${operation.number} ${text}`),
  ];
  if (seen.kind === "absent") return entry === undefined ? [] : finding("is listed, and GET does not find it");
  if (entry === undefined) return finding("is not listed, and GET finds it");
  if (seen.kind === "failed") return [];
  const isSame = entry.sizeBytes === seen.body.length && entry.etag === seen.etag && !entry.isDeleteMarker;
  return isSame ? [] : finding("is listed with another size or etag than GET brings");
}

/** Versions that are not required: each must be one that an operation without an acknowledgement before the cut can have made. */
async function judgeOthers(cut: Cut, standing: Standing, evidence: VersionEvidence): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const candidates = new Set(standing.unsettled);
  for (const entry of evidence.listedVersions ?? []) {
    if (standing.versions.has(entry.versionId)) continue;
    const maker = standing.history.find((operation) => versionIdOf(cut, operation) === entry.versionId);
    const never = maker === undefined ? undefined : neverVisible(cut, maker);
    if (maker !== undefined && never !== undefined) {
      findings.push(found(standing, "phantom", maker, `a version of ${never}`));
      continue;
    }
    const seen = entry.isDeleteMarker
      ? undefined
      : await evidence.reader.readVersion(standing.address, entry.versionId);
    const makers = maker === undefined ? [...candidates].filter((it) => versionIdOf(cut, it) === undefined) : [maker];
    const match = makers.find(({ content }) => isMadeBy(cut, content, seen));
    if (match === undefined) findings.push(explainStranger(cut, standing, seen));
    else candidates.delete(match);
  }
  return findings;
}

function isMadeBy(cut: Cut, content: Operation["content"], seen: Observation | undefined): boolean {
  if (content === undefined || seen === undefined) return content === undefined && seen === undefined;
  return seen.kind === "object" && hasBytes(cut.seed, content, seen.body);
}

function explainStranger(cut: Cut, standing: Standing, seen: Observation | undefined): Finding {
  const base = { subject: nameOf(standing.address), operation: 0 };
  if (seen?.kind === "failed") return { ...base, kind: "torn", text: `a version cannot be read: ${seen.reason}` };
  if (seen?.kind !== "object")
    return { ...base, kind: "phantom", text: "has a version or delete marker that nobody made" };
  const source = seen.body.length === 0 ? undefined : findSource(cut, standing.history, seen.body);
  if (source !== undefined) {
    return {
      ...base,
      kind: "phantom",
      text: `a version with the bytes of operation ${source.number}, which did not make it`,
    };
  }
  const expected = contentsOf(cut, standing.history);
  const { kind, text } = explainBody(seen.body, { seed: cut.seed, expected });
  return {
    ...base,
    kind: kind === "foreign" ? "phantom" : "torn",
    text: `a version: ${text}`,
  };
}

/** The version that is called the latest must be what a read without a version brings. */
function judgeLatest(standing: Standing, { seen, listedVersions }: VersionEvidence): readonly Finding[] {
  if (listedVersions === undefined || listedVersions.length === 0 || seen.kind === "failed") return [];
  const finding = (text: string): readonly Finding[] => [
    { kind: "listing", subject: nameOf(standing.address), operation: standing.required?.number ?? 0, text },
  ];
  const latest = listedVersions.filter(({ isLatest }) => isLatest);
  const [entry] = latest;
  if (entry === undefined || latest.length > 1) return finding(`has ${latest.length} versions listed as the latest`);
  if (entry.isDeleteMarker !== (seen.kind === "absent") || (seen.kind === "object" && seen.etag !== entry.etag)) {
    return finding("has another latest version in the listing than GET brings");
  }
  return [];
}

function versionIdOf(cut: Cut, operation: Operation): string | undefined {
  const outcome = cut.outcomeOf(operation);
  return outcome.kind === "acknowledged" ? outcome.versionId : undefined;
}

function found({ address }: Standing, kind: FindingKind, operation: Operation, text: string): Finding {
  return { kind, subject: nameOf(address), operation: operation.number, text };
}
