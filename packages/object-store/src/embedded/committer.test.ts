import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryDirectory } from "../../test/temporary-store.ts";
import { StoreError } from "../store-error.ts";
import { createCommitGate } from "./commit-gate.ts";
import { type CommitterOptions, createCommitter, type Step } from "./committer.ts";
import { openSegmentLog } from "./log/segment-log.ts";
import { type Index, openIndex } from "./open-index.ts";

async function withIndex(work: (index: Index, options: CommitterOptions) => Promise<void>): Promise<void> {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  await mkdir(join(directory, "segments"));
  const index = openIndex(directory);
  const log = await openSegmentLog({ directory, epoch: 1, onBroken: () => {}, onPoint: () => {} });
  const gate = createCommitGate(directory);
  try {
    await work(index, {
      directory,
      epoch: 1,
      log,
      gate,
      onCommitted: async () => {},
      checkpointed: () => 0,
      onTransaction: () => {},
      isDiskFull: async () => false,
      isSpaceLow: () => false,
      makeRoom: async () => {},
      maxQueueMessages: 10,
      ownerQuota: () => undefined,
      ownerBuckets: { namesOf: () => [] },
      onPoint: () => {},
    });
  } finally {
    gate.close();
    await log.close();
    await index.root.close();
  }
}

const write =
  (name: string, value: number): Step<number> =>
  ({ index }) => {
    index.meta.put(Buffer.from(name), value);
    return value;
  };

describe("createCommitter", () => {
  test("runs waiting steps in one transaction, in order, each seeing the ones before", async () => {
    await withIndex(async (index, options) => {
      const committer = createCommitter(index, options);
      const counted: Step<number> = ({ index }) => {
        const next = (index.meta.get(Buffer.from("n")) ?? 0) + 1;
        index.meta.put(Buffer.from("n"), next);
        return next;
      };

      const values = await Promise.all(Array.from({ length: 1500 }, () => committer.run(counted)));

      expect(values).toEqual(Array.from({ length: 1500 }, (_, at) => at + 1));
      expect(index.meta.get(Buffer.from("n"))).toBe(1500);
      await committer.drain();
    });
  });

  test("a commit that the disk cut short is tried once more, and refused when it fails again", async () => {
    await withIndex(async (index, options) => {
      let failures = 1;
      const onTransaction = (): void => {
        if (failures === 0) return;
        failures -= 1;
        const commitError = Promise.reject(Object.assign(new Error("Input/output error"), { code: "EIO" }));
        commitError.catch(() => {}); // asked for later
        throw Object.assign(new Error("Commit failed"), { commitError });
      };
      const committer = createCommitter(index, { ...options, onTransaction });

      expect(await committer.run(write("a", 1))).toBe(1);
      failures = 2;
      await expect(committer.run(write("b", 2))).rejects.toMatchObject({ code: "InternalError" });

      index.root.resetReadTxn();
      expect([failures, index.meta.get(Buffer.from("a")), index.meta.get(Buffer.from("b"))]).toEqual([0, 1, undefined]);
    });
  });

  test("a refusal fails its own step only", async () => {
    await withIndex(async (index, options) => {
      const committer = createCommitter(index, options);
      const refusal = new StoreError("PreconditionFailed", "no");

      const settled = await Promise.allSettled([
        committer.run(write("a", 1)),
        committer.run(() => {
          throw refusal;
        }),
        committer.run(write("b", 2)),
      ]);

      expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(settled[1]).toMatchObject({ reason: refusal });
      index.root.resetReadTxn();
      expect([index.meta.get(Buffer.from("a")), index.meta.get(Buffer.from("b"))]).toEqual([1, 2]);
    });
  });

  test("a step that breaks leaves no trace, and the others are written without it", async () => {
    await withIndex(async (index, options) => {
      const committer = createCommitter(index, options);
      const cause = new Error("defect");

      const settled = await Promise.allSettled([
        committer.run(write("a", 1)),
        committer.run(({ index }) => {
          index.meta.put(Buffer.from("half"), 1);
          throw cause;
        }),
        committer.run(write("b", 2)),
      ]);

      expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(settled[1]).toMatchObject({ reason: { code: "InternalError", cause } });
      index.root.resetReadTxn();
      expect(index.meta.get(Buffer.from("half"))).toBeUndefined();
      expect([index.meta.get(Buffer.from("a")), index.meta.get(Buffer.from("b"))]).toEqual([1, 2]);
    });
  });

  test("a step that comes at the very end of a batch is not forgotten", async () => {
    await withIndex(async (index, options) => {
      const committer = createCommitter(index, options);

      for (let at = 0; at < 20; at += 1) {
        await committer.run(write("a", at)).then(() => committer.run(write("b", at)));
        await Promise.resolve();
      }

      index.root.resetReadTxn();
      expect(index.meta.get(Buffer.from("b"))).toBe(19);
    });
  });

  test("answers when what a step left behind is dealt with", async () => {
    await withIndex(async (index, options) => {
      const seen: unknown[] = [];
      const committer = createCommitter(index, {
        ...options,
        async onCommitted({ files }) {
          seen.push(...files);
        },
      });

      await committer.run(({ aftermath }) => {
        aftermath.files.push([2, 7, 9]);
      });

      expect(seen).toEqual([[2, 7, 9]]);
    });
  });

  // What LMDB does when an index is opened while another process commits; see commit-gate.ts.
  test("writes nothing when its transaction would begin before the last commit", async () => {
    await withIndex(async (index, options) => {
      const committer = createCommitter(index, options);
      await committer.run(write("n", 1));
      await committer.run(write("n", 2));
      await forgetLastCommit(options.directory);

      const refused = committer.run(write("n", 3));

      await expect(refused).rejects.toMatchObject({
        code: "InternalError",
        cause: { message: "A transaction of the index began before the last commit" },
      });
      await expect(committer.run(write("n", 4))).rejects.toMatchObject({ code: "InternalError" });
      await committer.drain();
    });
  });
});

/** LMDB's number of the last transaction, in the memory that processes share. */
async function forgetLastCommit(directory: string): Promise<void> {
  const file = await open(join(directory, "index", "lock.mdb"), "r+");
  const number = Buffer.alloc(8);
  await file.read(number, 0, 8, 8);
  number.writeBigUInt64LE(number.readBigUInt64LE() - 1n);
  await file.write(number, 0, 8, 8);
  await file.close();
}
