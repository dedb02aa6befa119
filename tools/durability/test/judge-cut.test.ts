import { describe, expect, test } from "vitest";
import { bodyOf } from "../src/content.ts";
import { type JudgeOptions, judgeCut } from "../src/judge-cut.ts";
import { type Action, type Cut, createLedger, type Operation } from "../src/ledger.ts";
import { createRandom } from "../src/random.ts";
import type { StateReader } from "../src/state-reader.ts";
import { createMemoryState } from "./memory-state.ts";

const seed = 7;
const address = { bucket: "b", key: "k" };
const write = { kind: "put", sizeBytes: 2000 } as const;
const remove = { kind: "delete" } as const;

/** A ledger and a store that has done all it was asked. */
function createWorld({ isVersioned = false } = {}) {
  const ledger = createLedger({ seed });
  const state = createMemoryState(ledger);
  const done = (action: Action, at = address): Operation => {
    const operation = ledger.begin(at, action);
    const versionId = state.apply(operation);
    ledger.acknowledge(operation, isVersioned ? { versionId } : {});
    return operation;
  };
  const cutNow = () => {
    const cut = ledger.freeze();
    cut.end();
    return cut;
  };
  const judge = (cut: Cut, reader: StateReader = state, options: Partial<JudgeOptions> = {}) =>
    judgeCut(cut, reader, { buckets: [{ name: "b", isVersioned }], random: createRandom(1, "sample"), ...options });
  /** The kinds found, with their words. */
  const find = async (reader: StateReader = state, options: Partial<JudgeOptions> = {}) =>
    (await judge(cutNow(), reader, options)).findings.map(({ kind, text }) => [kind, text]);
  return { ledger, state, done, cutNow, judge, find };
}

function textOf(content: Operation["content"]): Buffer {
  return content === undefined ? Buffer.alloc(0) : bodyOf(seed, content);
}

describe("an honest store", () => {
  test("gives nothing to find, and each last acknowledged write is judged", async () => {
    const { done, judge, cutNow, ledger } = createWorld();
    done(write);
    const last = done(write);
    const other = done(remove, { bucket: "b", key: "other" });
    ledger.begin({ bucket: "b", key: "under way" }, write);

    expect(await judge(cutNow())).toEqual({ judged: new Set([last, other]), findings: [] });
  });

  test.each([0, 1, 100, 4096, 300_000])("may hold %i bytes", async (sizeBytes) => {
    const { done, find } = createWorld();
    done({ kind: "put", sizeBytes });

    expect(await find()).toEqual([]);
  });

  test("may show what was under way, whole", async () => {
    const { done, find, ledger, state } = createWorld();
    done(write);
    state.apply(ledger.begin(address, write));

    expect(await find()).toEqual([]);
  });

  test("may show a failed write at any later time", async () => {
    const { done, find, ledger, state } = createWorld();
    const failed = ledger.begin(address, write);
    ledger.fail(failed);
    done(write);
    state.apply(failed);

    expect(await find()).toEqual([]);
  });
});

describe("lost", () => {
  test("an acknowledged write that is not there", async () => {
    const { done, find, state } = createWorld();
    done(write);
    state.forget(address);

    expect(await find()).toEqual([["lost", "operation 1 (a write) was acknowledged, and nothing is there"]]);
  });

  test("an older state", async () => {
    const { done, find, state } = createWorld();
    done(write);
    done(write);
    state.forget(address);

    expect(await find()).toEqual([
      ["lost", "operation 2 (a write) was acknowledged, and the older operation 1 is there"],
    ]);
  });

  test("a write after a delete", async () => {
    const { done, find, state } = createWorld();
    done(write);
    done(remove);
    done(write);
    state.forget(address);

    expect(await find()).toEqual([["lost", "operation 3 (a write) was acknowledged, and nothing is there"]]);
  });

  test("an acknowledged write, though a later one was under way", async () => {
    const { done, find, ledger, state } = createWorld();
    done(write);
    ledger.begin(address, write);
    state.forget(address);

    expect(await find()).toMatchObject([["lost", expect.any(String)]]);
  });

  test("nothing is lost that was acknowledged after the cut began", async () => {
    const { ledger, cutNow, judge } = createWorld();
    const operation = ledger.begin(address, write);
    const cut = cutNow();
    ledger.acknowledge(operation);

    expect((await judge(cut)).findings).toEqual([]);
  });

  test("all, when the bucket is gone", async () => {
    const { done, find } = createWorld();
    for (let at = 0; at < 5; at += 1) done(write, { bucket: "b", key: `k${at}` });
    const empty = createMemoryState(createLedger({ seed }));

    expect((await find(empty)).map(([kind]) => kind)).toEqual(Array(5).fill("lost"));
  });
});

describe("torn", () => {
  const torn: readonly [title: string, tear: (body: Buffer) => Buffer, text: string][] = [
    ["zeros from the middle on", (body) => body.fill(0, 1024), "operation 1 of b/k up to byte 1024, then 976 zeros"],
    ["a hole", (body) => body.fill(0, 512, 1024), "operation 1 of b/k up to byte 512, then 512 zeros"],
    ["nothing but zeros", (body) => body.fill(0), "all 2000 bytes are zero"],
    ["a part", (body) => body.subarray(0, 700), "only the first 700 of 2000 bytes of operation 1 of b/k"],
    ["no byte", (body) => body.subarray(0, 0), "only the first 0 of 2000 bytes of operation 1 of b/k"],
    [
      "a changed bit",
      (body) => body.fill((body[1500] ?? 0) ^ 1, 1500, 1501),
      "operation 1 of b/k up to byte 1500, then other bytes",
    ],
  ];

  test.each(torn)("%s", async (_title, tear, text) => {
    const { ledger, state, find } = createWorld();
    const operation = ledger.begin(address, write);
    ledger.acknowledge(operation);
    state.set(address, tear(textOf(operation.content)));

    expect(await find()).toEqual([["torn", text]]);
  });

  test.each(["began after the cut", "was refused"])("an empty body, though an empty write %s", async (why) => {
    const { done, state, judge, cutNow, ledger } = createWorld();
    done(write);
    const refused = ledger.begin(address, { kind: "put", sizeBytes: 0 });
    ledger.refuse(refused);
    state.set(address, Buffer.alloc(0));
    const cut = cutNow();
    if (why === "began after the cut") ledger.begin(address, { kind: "put", sizeBytes: 0 });

    const { findings } = await judge(cut);

    expect(findings).toMatchObject([
      { kind: "torn", text: expect.stringContaining("only the first 0 of 2000 bytes of operation 1") },
    ]);
  });

  test("the beginning of one write and the end of another", async () => {
    const { done, find, state } = createWorld();
    const [old, young] = [done(write), done(write)].map(({ content }) => textOf(content)) as [Buffer, Buffer];
    state.set(address, Buffer.concat([young.subarray(0, 1024), old.subarray(1024)]));

    expect(await find()).toEqual([["torn", "operation 2 of b/k up to byte 1024, then bytes of operation 1 of b/k"]]);
  });

  test("the bytes of another key", async () => {
    const { done, find, state } = createWorld();
    done(write);
    const other = done(write, { bucket: "b", key: "other" });
    state.set(address, textOf(other.content));

    expect(await find()).toEqual([["torn", "holds operation 1 of b/other"]]);
  });

  test("a key that cannot be read, even if nothing has to be there", async () => {
    const { find, state, ledger } = createWorld();
    ledger.begin(address, write);
    const reader = { ...state, read: async () => ({ kind: "failed", reason: "GET answers 500" }) as const };

    expect(await find(reader)).toEqual([["torn", "cannot be read: GET answers 500"]]);
  });
});

test("undeleted: a delete that was acknowledged and has been undone", async () => {
  const { done, find, state } = createWorld();
  done(write);
  done(remove);
  state.forget(address);

  expect(await find()).toEqual([["undeleted", "operation 2 (a delete) was acknowledged, and operation 1 is there"]]);
});

describe("phantom", () => {
  test("a key that nobody wrote", async () => {
    const { state, find } = createWorld();
    state.set({ bucket: "b", key: "ghost" }, Buffer.from("boo"));

    expect(await find()).toEqual([["phantom", expect.stringContaining("nobody had begun to write it")]]);
  });

  test("bytes that nobody wrote", async () => {
    const { state, find, done } = createWorld();
    done(write);
    state.set(address, Buffer.alloc(2000, "?"));

    expect(await find()).toEqual([["phantom", "2000 bytes that nobody wrote"]]);
  });

  test("a write that was refused", async () => {
    const { ledger, state, find } = createWorld();
    const refused = ledger.begin(address, write);
    ledger.refuse(refused);
    state.apply(refused);

    expect(await find()).toEqual([["phantom", "operation 1 is there, which was refused or given up"]]);
  });

  test("a write that began after the cut: then the wrong store is being looked at", async () => {
    const { done, cutNow, judge } = createWorld();
    done(write);
    const cut = cutNow();
    done(write);

    const { findings } = await judge(cut);

    expect(findings).toMatchObject([{ kind: "phantom", text: "operation 2 is there, which began after the cut" }]);
  });
});

describe("listing", () => {
  const lies: readonly [
    title: string,
    lie: (listed: { key: string; sizeBytes: number; etag: string }) => object[],
    text: string,
  ][] = [
    ["leaves a key out", () => [], "is not listed, and GET finds it"],
    ["has another size", (entry) => [{ ...entry, sizeBytes: 1 }], "is listed with 1 bytes, and GET brings 2000"],
    ["has another etag", (entry) => [{ ...entry, etag: "x" }], "is listed with the etag x, and GET has etag-1"],
    ["shows a key twice", (entry) => [entry, entry], "is listed 2 times"],
  ];

  test.each(lies)("%s", async (_title, lie, text) => {
    const { state, find, done } = createWorld();
    done(write);
    const list = async () => (await state.list("b")).flatMap(lie) as Awaited<ReturnType<StateReader["list"]>>;

    expect(await find({ ...state, list })).toEqual([["listing", text]]);
  });

  test("shows a deleted key", async () => {
    const { state, find, done } = createWorld();
    done(write);
    const entries = await state.list("b");
    done(remove);

    expect(await find({ ...state, list: async () => entries })).toEqual([
      ["listing", "is listed, and GET does not find it"],
    ]);
  });

  test("cannot be had", async () => {
    const { state, find, done } = createWorld();
    done(write);
    const list = () => Promise.reject(new Error("it answers 500"));

    expect(await find({ ...state, list })).toEqual([["listing", "cannot be had: it answers 500"]]);
  });
});

describe("in a versioned bucket", () => {
  test("an honest store gives nothing to find", async () => {
    const { done, ledger, state, find } = createWorld({ isVersioned: true });
    done(write);
    done(remove);
    done(write);
    state.apply(ledger.begin(address, write));

    expect(await find()).toEqual([]);
  });

  test("an overwritten version that is gone is lost", async () => {
    const { done, state, find } = createWorld({ isVersioned: true });
    done(write);
    done(write);
    const reader: StateReader = {
      ...state,
      listVersions: async (bucket) => (await state.listVersions(bucket)).filter(({ versionId }) => versionId !== "v1"),
      readVersion: async (at, id) => (id === "v1" ? { kind: "absent" } : state.readVersion(at, id)),
    };

    expect(await find(reader)).toEqual([["lost", "the version of operation 1 was acknowledged and is not there"]]);
  });

  test("it is found by the listing alone when the key has not changed for long", async () => {
    const { done, state, find, ledger } = createWorld({ isVersioned: true });
    done(write);
    done(write);
    const reader: StateReader = {
      ...state,
      listVersions: async (bucket) => (await state.listVersions(bucket)).filter(({ versionId }) => versionId !== "v1"),
      readVersion: async (at, id) => (id === "v1" ? { kind: "absent" } : state.readVersion(at, id)),
    };

    expect(await find(reader, { since: ledger.freeze().beganAt })).toMatchObject([["lost", expect.any(String)]]);
  });

  test("a version with wrong bytes is torn", async () => {
    const { done, state, find } = createWorld({ isVersioned: true });
    done(write);
    done(write);
    const readVersion: StateReader["readVersion"] = async (at, id) => {
      const seen = await state.readVersion(at, id);
      return id === "v1" && seen.kind === "object" ? { ...seen, body: Buffer.alloc(2000) } : seen;
    };

    expect(await find({ ...state, readVersion })).toEqual([
      ["torn", "the version of operation 1: all 2000 bytes are zero"],
    ]);
  });

  test("a delete marker that is gone is a delete undone", async () => {
    const { done, state, find } = createWorld({ isVersioned: true });
    done(write);
    done(remove);
    state.forget(address);

    expect((await find()).map(([kind]) => kind)).toEqual(["undeleted"]);
  });

  test("a version that nobody made is a phantom", async () => {
    const { done, state, find } = createWorld({ isVersioned: true });
    done(write);
    state.set(address, Buffer.alloc(2000, "?"));
    done(write);

    expect(await find()).toEqual([["phantom", "a version: 2000 bytes that nobody wrote"]]);
  });

  test("one write that was not acknowledged may have made one version, not two", async () => {
    const { ledger, state, find } = createWorld({ isVersioned: true });
    const failed = ledger.begin(address, write);
    ledger.fail(failed);
    state.apply(failed);
    expect(await find()).toEqual([]);

    state.apply(failed);

    expect(await find()).toMatchObject([["phantom", expect.any(String)]]);
  });

  test("a wrong latest version is a fault of the listing", async () => {
    const { done, state, find } = createWorld({ isVersioned: true });
    done(write);
    done(write);
    const listVersions: StateReader["listVersions"] = async (bucket) =>
      (await state.listVersions(bucket)).map((entry) => ({ ...entry, isLatest: !entry.isLatest }));

    expect(await find({ ...state, listVersions })).toEqual([
      ["listing", "has another latest version in the listing than GET brings"],
    ]);
  });
});

describe("what is read", () => {
  test("of the keys that have not changed lately, only a sample and what looks wrong in the listing", async () => {
    const { done, state, find, ledger } = createWorld();
    for (let at = 0; at < 50; at += 1) done(write, { bucket: "b", key: `k${at}` });
    const since = ledger.freeze().beganAt;
    done(write, { bucket: "b", key: "new" });
    state.forget({ bucket: "b", key: "k7" });
    const reads: string[] = [];
    const reader: StateReader = {
      ...state,
      read: (at) => {
        reads.push(at.key);
        return state.read(at);
      },
    };

    const found = await find(reader, { since, sample: 3 });

    expect(reads).toEqual(expect.arrayContaining(["new", "k7"]));
    expect(reads.length).toBeLessThanOrEqual(5);
    expect(found).toMatchObject([["lost", expect.any(String)]]);
  });

  test("again, before anything is believed", async () => {
    const { done, state, find } = createWorld();
    done(write);
    let reads = 0;
    const read: StateReader["read"] = async (at) => {
      reads += 1;
      return reads === 1 ? { kind: "absent" } : state.read(at);
    };

    expect(await find({ ...state, read }, { settle: async () => {} })).toEqual([]);
  });

  test("twice wrong is wrong", async () => {
    const { done, state, find } = createWorld();
    done(write);
    state.forget(address);

    expect(await find(state, { settle: async () => {} })).toMatchObject([["lost", expect.any(String)]]);
  });
});
