import { describe, expect, test } from "vitest";
import { buildCut } from "../src/crash/build-cut.ts";
import type { ActorEvent, BeginEvent, KeyState } from "../src/crash/messages.ts";
import { moments, planRound } from "../src/crash/plan-round.ts";
import { createRandom } from "../src/random.ts";

const seed = 3;
const plain = { bucket: "crash-plain", key: "w0/k" };
const versioned = { bucket: "crash-versions", key: "w0/k" };
const relaxed = { bucket: "crash-relaxed", key: "w0/k" };

const contentOf = ({ bucket, key }: typeof plain, operation: number) => ({
  name: `${bucket}/${key}`,
  operation,
  sizeBytes: 600,
});

function begin(id: string, address: typeof plain, { operation = 1, atNs = 0, isDelete = false } = {}): BeginEvent {
  const content = isDelete ? null : contentOf(address, operation);
  return { type: "begin", id, effect: { kind: "write", address, content }, isRelaxed: address === relaxed, atNs };
}

function acknowledged(id: string, atNs = 0, versionId?: string): ActorEvent {
  return { type: "acknowledged", id, atNs, ...(versionId === undefined ? {} : { versionId }) };
}

function standingOf(
  events: readonly ActorEvent[],
  {
    baseline = [],
    frozenAt = events.length,
    isRelaxedAllowed = true,
  }: { baseline?: readonly KeyState[]; frozenAt?: number; isRelaxedAllowed?: boolean } = {},
) {
  const round = buildCut({ seed, baseline, events, frozenAt, isRelaxedAllowed });
  const standing = round.cut.standings()[0];
  return { ...round, standing, allowed: standing?.allowed.map((content) => content?.operation) };
}

describe("what may be found after a round", () => {
  test("is what was acknowledged, and what was under way", () => {
    const events = [begin("a", plain), acknowledged("a"), begin("b", plain, { operation: 2 })];

    expect(standingOf(events).allowed).toEqual([1, 2]);
  });

  test("may be older when it was told after the cut had begun", () => {
    const events = [begin("a", plain), acknowledged("a"), begin("b", plain, { operation: 2 }), acknowledged("b")];

    expect(standingOf(events, { frozenAt: 3 }).allowed).toEqual([1, 2]);
    expect(standingOf(events).allowed).toEqual([2]);
  });

  test("begins with what was there, which is not counted again", () => {
    const state = { address: plain, content: contentOf(plain, 7), etag: "", versions: [] };
    const { allowed, operations } = standingOf([begin("a", plain, { operation: 8 })], { baseline: [state] });

    expect(allowed).toEqual([7, 8]);
    expect(operations.size).toBe(1);
  });

  test("has no object of an upload that nobody had asked to complete", () => {
    const upload: ActorEvent = { type: "upload", id: "a", address: plain, uploadId: "u" };
    const part: ActorEvent = { type: "part", id: "a", partNumber: 1, etag: "e" };

    const open = standingOf([begin("a", plain), upload, part]);
    const completing = standingOf([begin("a", plain), upload, part, { type: "completing", id: "a" }]);

    expect(open.allowed).toEqual([undefined]);
    expect(open.uploads).toMatchObject([{ uploadId: "u", state: "open", parts: new Map([[1, "e"]]) }]);
    expect(completing.allowed).toEqual([undefined, 1]);
    expect(completing.uploads).toMatchObject([{ state: "ending" }]);
  });

  test("need not have a version whose removal was begun, and must not have one whose removal was acknowledged", () => {
    const versions = ["v1", "v2"].map((versionId, at) => ({ versionId, content: contentOf(versioned, at + 1) }));
    const state = { address: versioned, content: contentOf(versioned, 2), etag: "", versions };
    const remove: BeginEvent = {
      type: "begin",
      id: "a",
      effect: { kind: "remove", address: versioned, versionId: "v1" },
      isRelaxed: false,
      atNs: 0,
    };

    const begun = standingOf([remove], { baseline: [state] });
    const done = standingOf([remove, acknowledged("a")], { baseline: [state] });

    expect([...(begun.standing?.versions.keys() ?? [])]).toEqual(["v2"]);
    expect(begun.removals).toMatchObject([{ isAcknowledged: false }]);
    expect(done.removals).toMatchObject([{ isAcknowledged: true }]);
  });
});

describe("a relaxed write", () => {
  const write = [begin("a", relaxed, { atNs: 10 }), acknowledged("a", 20)];

  test("may be lost by a power cut", () => {
    expect(standingOf(write).allowed).toEqual([undefined, 1]);
    expect(standingOf(write, { isRelaxedAllowed: false }).allowed).toEqual([1]);
  });

  test("must not be lost when a flushed write came after it", () => {
    const flushed = [begin("b", plain, { atNs: 30 }), acknowledged("b", 40)];

    expect(standingOf([...write, ...flushed]).allowed).toEqual([1]);
  });

  test.each([
    ["began before it was acknowledged", [begin("b", plain, { atNs: 15 }), acknowledged("b", 40)]],
    ["was not acknowledged", [begin("b", plain, { atNs: 30 })]],
    ["may have changed nothing", [begin("b", plain, { atNs: 30, isDelete: true }), acknowledged("b", 40)]],
  ] as const)("may be lost when the flushed write after it %s", (_title, flushed) => {
    expect(standingOf([...write, ...flushed]).allowed).toEqual([undefined, 1]);
  });
});

test("a round follows from its seed alone", () => {
  for (const moment of moments) {
    const plans = [1, 1].map((at) => planRound(moment, createRandom(at, "round")));

    expect(plans[0]).toEqual(plans[1]);
    expect(plans[0]?.moment).toBe(moment);
  }
});
