import { describe, expect, test } from "vitest";
import type { Content } from "../src/content.ts";
import { type Cut, createLedger, type Ledger, type Operation } from "../src/ledger.ts";

const address = { bucket: "b", key: "k" };
const put = (ledger: Ledger) => ledger.begin(address, { kind: "put", sizeBytes: 10 });
const remove = (ledger: Ledger) => ledger.begin(address, { kind: "delete" });

/** The numbers of the operations whose state is allowed; 0 is "nothing there". */
function allowed(cut: Cut): readonly number[] {
  return cut.standings().flatMap((standing) => standing.allowed.map((content) => content?.operation ?? 0));
}

describe("what may be found after a cut", () => {
  test("nothing is known of a key that nobody has begun to write", () => {
    const cut = createLedger({ seed: 1 }).freeze();
    cut.end();

    expect(cut.standings()).toEqual([]);
  });

  test("the last acknowledged write, and nothing else", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.acknowledge(put(ledger));
    const last = put(ledger);
    ledger.acknowledge(last);

    const cut = ledger.freeze();
    cut.end();

    expect(allowed(cut)).toEqual([2]);
    expect(cut.standings()[0]?.required).toBe(last);
  });

  test("nothing, after an acknowledged delete", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.acknowledge(put(ledger));
    ledger.acknowledge(remove(ledger));

    const cut = ledger.freeze();
    cut.end();

    expect(allowed(cut)).toEqual([0]);
  });

  test("a first write that was under way, or nothing", () => {
    const ledger = createLedger({ seed: 1 });
    put(ledger);

    const cut = ledger.freeze();
    cut.end();

    expect(allowed(cut)).toEqual([0, 1]);
    expect(cut.standings()[0]?.required).toBeUndefined();
  });

  test("the state before and after an operation that was under way", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.acknowledge(put(ledger));
    remove(ledger);

    const cut = ledger.freeze();
    cut.end();

    expect(allowed(cut)).toEqual([1, 0]);
  });

  test("everything that was acknowledged or begun while the snapshot was taken", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.acknowledge(put(ledger));
    const underWay = put(ledger);

    const cut = ledger.freeze();
    ledger.acknowledge(underWay);
    ledger.acknowledge(put(ledger));
    put(ledger);
    cut.end();

    expect(allowed(cut)).toEqual([1, 2, 3, 4]);
    expect(cut.standings()[0]?.required?.number).toBe(1);
  });

  test("nothing that began after the snapshot, and no key that was new after it", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.acknowledge(put(ledger));
    const cut = ledger.freeze();
    cut.end();

    ledger.acknowledge(put(ledger));
    ledger.acknowledge(ledger.begin({ bucket: "b", key: "late" }, { kind: "put", sizeBytes: 1 }));

    expect(allowed(cut)).toEqual([1]);
  });

  test("what was acknowledged only after the cut began is not required", () => {
    const ledger = createLedger({ seed: 1 });
    const first = put(ledger);
    const cut = ledger.freeze();
    cut.end();

    ledger.acknowledge(first);

    expect(allowed(cut)).toEqual([0, 1]);
    expect(cut.standings()[0]?.required).toBeUndefined();
  });

  test("a failed operation may have happened, may still happen, and may not", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.acknowledge(put(ledger));
    ledger.fail(put(ledger));
    const between = ledger.freeze();
    between.end();
    ledger.acknowledge(put(ledger));

    const after = ledger.freeze();
    after.end();

    expect(allowed(between)).toEqual([1, 2]);
    expect(allowed(after)).toEqual([2, 3]);
  });

  test("a refused operation has not happened", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.refuse(put(ledger));

    const cut = ledger.freeze();
    cut.end();

    expect(allowed(cut)).toEqual([0]);
  });

  test("either of two acknowledged writes that overlapped", () => {
    const ledger = createLedger({ seed: 1 });
    const [one, other] = [put(ledger), put(ledger)];
    ledger.acknowledge(other);
    ledger.acknowledge(one);

    const cut = ledger.freeze();
    cut.end();

    expect(allowed(cut)).toEqual([1, 2]);
  });

  test("two cuts do not disturb each other", () => {
    const ledger = createLedger({ seed: 1 });
    ledger.acknowledge(put(ledger));
    const early = ledger.freeze();
    early.end();
    ledger.acknowledge(put(ledger));
    const late = ledger.freeze();
    late.end();

    expect([allowed(early), allowed(late)]).toEqual([[1], [2]]);
  });
});

test("a copy has the bytes of its source", () => {
  const ledger = createLedger({ seed: 1 });
  const content = put(ledger).content as Content;

  const copy = ledger.begin({ bucket: "b", key: "copy" }, { kind: "copy", content });

  expect(copy.content).toEqual({ name: "b/k", operation: 1, sizeBytes: 10 });
});

test("each version acknowledged before the cut is required, overwritten or not", () => {
  const ledger = createLedger({ seed: 1 });
  ledger.acknowledge(put(ledger), { versionId: "a" });
  ledger.acknowledge(remove(ledger), { versionId: "b" });
  const underWay = put(ledger);
  const cut = ledger.freeze();
  cut.end();

  ledger.acknowledge(underWay, { versionId: "c" });

  const [standing] = cut.standings();
  expect([...(standing?.versions.keys() ?? [])]).toEqual(["a", "b"]);
  expect(standing?.unsettled).toEqual([underWay]);
});

test("a key has changed when an operation on it last began or was acknowledged before the cut", () => {
  const ledger = createLedger({ seed: 1 });
  const first = put(ledger);
  const before = ledger.freeze();
  ledger.acknowledge(first);
  const cut = ledger.freeze();
  cut.end();

  expect(cut.standings()[0]?.changedAt).toBeGreaterThan(before.beganAt);
  expect(cut.standings()[0]?.changedAt).toBe(cut.beganAt);
});

test("refuses to settle an operation twice", () => {
  const ledger = createLedger({ seed: 1 });
  const operation: Operation = put(ledger);
  ledger.fail(operation);

  expect(() => ledger.acknowledge(operation)).toThrow(new TypeError("Expected operation 1 of b/k to be pending"));
});
