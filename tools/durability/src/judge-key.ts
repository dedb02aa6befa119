import { bodyOf, type Content, explainBody } from "./content.ts";
import type { Finding } from "./finding.ts";
import { type Cut, nameOf, type Operation, type Standing } from "./ledger.ts";
import type { ListedObject, Observation } from "./state-reader.ts";

export type KeyEvidence = {
  readonly seen: Observation;
  /** The entries with this key in the listing; `undefined` if there was no listing. */
  readonly listed: readonly ListedObject[] | undefined;
};

/** So many bytes are not the same by chance. */
const tellingBytes = 16;

/** Holds what is found under one key against what may be there. */
export function judgeKey(cut: Cut, standing: Standing, evidence: KeyEvidence): readonly Finding[] {
  return [...judgeState(cut, standing, evidence.seen), ...judgeListing(standing, evidence)];
}

function judgeState(cut: Cut, standing: Standing, seen: Observation): readonly Finding[] {
  const { allowed, required, history } = standing;
  const finding = (kind: Finding["kind"], text: string): readonly Finding[] => [
    { kind, subject: nameOf(standing.address), operation: required?.number ?? 0, text },
  ];
  if (seen.kind === "failed") return finding("torn", `cannot be read: ${seen.reason}`);
  if (seen.kind === "absent") {
    if (allowed.includes(undefined)) return [];
    return finding("lost", `${nameRequired(standing)}, and nothing is there`);
  }

  const isBodyOf = (content: Content | undefined) => content !== undefined && hasBytes(cut.seed, content, seen.body);
  if (allowed.some(isBodyOf)) return [];
  const source = findSource(cut, history, seen.body);
  if (source === undefined) {
    const expected = contentsOf(cut, history);
    const { kind, text } = explainBody(seen.body, { seed: cut.seed, expected });
    return finding(kind === "foreign" ? "phantom" : "torn", text);
  }
  const never = neverVisible(cut, source);
  if (never !== undefined) return finding("phantom", never);
  return required?.content === undefined
    ? finding("undeleted", `${nameRequired(standing)}, and operation ${source.number} is there`)
    : finding("lost", `${nameRequired(standing)}, and the older operation ${source.number} is there`);
}

/**
 * The operation whose bytes a body has. Bodies too short to tell one operation from another are never taken as proof of one that
 * cannot be seen: an empty file may be the rest of a torn one.
 */
export function findSource(cut: Cut, history: readonly Operation[], body: Buffer): Operation | undefined {
  const matches = history.filter(({ content }) => content !== undefined && hasBytes(cut.seed, content, body));
  const visible = matches.findLast((operation) => neverVisible(cut, operation) === undefined);
  return visible ?? (body.length >= tellingBytes ? matches.at(-1) : undefined);
}

/** What operations have written, those that can be seen last: an explanation prefers them. */
export function contentsOf(cut: Cut, history: readonly Operation[]): readonly Content[] {
  const { seen = [], never = [] } = Object.groupBy(history, (operation) =>
    neverVisible(cut, operation) === undefined ? "seen" : "never",
  );
  return [...never, ...seen].flatMap(({ content }) => content ?? []);
}

/** Why an operation cannot be seen after the cut, if it cannot. */
export function neverVisible(cut: Cut, operation: Operation): string | undefined {
  if (!cut.isBefore(operation)) return `operation ${operation.number} is there, which began after the cut`;
  if (cut.outcomeOf(operation).kind !== "refused") return undefined;
  return `operation ${operation.number} is there, which was refused or given up`;
}

/** Compared in full; the size first, because it is free. */
export function hasBytes(seed: number, content: Content, body: Buffer): boolean {
  return content.sizeBytes === body.length && bodyOf(seed, content).equals(body);
}

function nameRequired({ required }: Standing): string {
  if (required === undefined) return "no operation was acknowledged";
  return `operation ${required.number} (a ${required.content === undefined ? "delete" : "write"}) was acknowledged`;
}

function judgeListing({ address, required }: Standing, { seen, listed }: KeyEvidence): readonly Finding[] {
  if (listed === undefined || seen.kind === "failed") return [];
  const finding = (text: string): readonly Finding[] => [
    { kind: "listing", subject: nameOf(address), operation: required?.number ?? 0, text },
  ];
  const [entry, ...more] = listed;
  if (more.length > 0) return finding(`is listed ${listed.length} times`);
  if (seen.kind === "absent") return entry === undefined ? [] : finding("is listed, and GET does not find it");
  if (entry === undefined) return finding("is not listed, and GET finds it");
  if (entry.sizeBytes !== seen.body.length) {
    return finding(`is listed with ${entry.sizeBytes} bytes, and GET brings ${seen.body.length}`);
  }
  if (entry.etag !== seen.etag) return finding(`is listed with the etag ${entry.etag}, and GET has ${seen.etag}`);
  return [];
}
