import { describe, expect, test } from "vitest";
import { createTemporaryDirectory } from "../../test/temporary-store.ts";
import { untilTurnedAway } from "../../test/until-turned-away.ts";
import { createCommitGate, openWhileNobodyCommits } from "./commit-gate.ts";

const timeoutMs = 10_000;

describe("the gate between commits and openings of the index", () => {
  test("lets commits in at once while nobody opens, those of other processes too", async () => {
    await using temporary = await createTemporaryDirectory();
    const [one, other] = [createCommitGate(temporary.directory), createCommitGate(temporary.directory)];

    expect(one.enter()).toBeUndefined();
    expect(other.enter()).toBeUndefined();
    one.leave();
    expect(one.enter()).toBeUndefined();

    one.close();
    other.close();
  });

  test("opens when the commit that runs has ended, and not before", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const [gate, other] = [createCommitGate(directory), createCommitGate(directory)];
    let isCommitting = true;
    expect(gate.enter()).toBeUndefined();

    const opening = openWhileNobodyCommits(directory, { timeoutMs, open: () => isCommitting });
    const waiting = await untilTurnedAway(other);
    isCommitting = false;
    gate.leave();

    expect(await opening).toBe(false);
    await waiting.entered;
    gate.close();
    other.close();
  });

  test("opens although commits follow each other without a pause", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const committing = Array.from({ length: 3 }, () => createCommitGate(directory));
    let isOpen = false;
    let inside = 0;
    let opened: number | undefined;

    const commits = committing.map(async (gate) => {
      while (!isOpen) {
        await gate.enter();
        inside += 1;
        await new Promise(setImmediate);
        inside -= 1;
        gate.leave();
      }
    });
    await openWhileNobodyCommits(directory, {
      timeoutMs,
      open: () => {
        opened = inside;
        isOpen = true;
      },
    });

    expect(opened).toBe(0);
    await Promise.all(commits);
    for (const gate of committing) gate.close();
  });

  test("lets commits wait for an opening, and then in", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const gate = createCommitGate(directory);

    const entered = await openWhileNobodyCommits(directory, { timeoutMs, open: () => ({ waits: gate.enter() }) });

    expect(entered?.waits).toBeInstanceOf(Promise);
    await entered?.waits;
    gate.leave();
    gate.close();
  });

  test("opens nothing when a process that commits does not pause in time, and lets others commit again", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const [hanging, other] = [createCommitGate(directory), createCommitGate(directory)];
    expect(hanging.enter()).toBeUndefined();

    expect(await openWhileNobodyCommits(directory, { timeoutMs: 50, open: () => "open" })).toBeUndefined();

    expect(other.enter()).toBeUndefined();
    hanging.close();
    other.close();
  });

  test("is open again when an opening has thrown", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const gate = createCommitGate(directory);
    const open = () => {
      throw new Error("no");
    };

    await expect(openWhileNobodyCommits(directory, { timeoutMs, open })).rejects.toThrow("no");

    expect(gate.enter()).toBeUndefined();
    gate.close();
  });
});
