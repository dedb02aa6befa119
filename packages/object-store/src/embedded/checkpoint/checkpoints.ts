import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Transaction } from "lmdb";
import { StoreError } from "../../store-error.ts";
import { syncDirectory } from "../directory-sync.ts";
import type { OnDurabilityPoint } from "../durability-point.ts";
import { type Index, indexFile, indexPageBytes, readNumber } from "../open-index.ts";
import { flushNoted } from "../unflushed.ts";
import { writeEmpty, writeSlot } from "./checkpoint-file.ts";
import { metaPages, readTxnId } from "./meta-page.ts";

/**
 * Makes the index durable now and then, beside the commits; what came after the last checkpoint is in the log.
 *
 * Between checkpoints the index is written without a flush, so that a power cut leaves an unknown mixture of its pages. The
 * pages of the last checkpoint are never among those that changed: a reader of this process holds a snapshot that is not
 * newer, and LMDB does not write to pages that a reader may need. Every process that commits keeps a checkpoint and a reader
 * of its own, so that it needs nobody else to be alive.
 */
export interface Checkpoints {
  /** To be called after each commit. */
  noteCommit(changes: number): void;
  /** Makes one now. Resolves when it is on the disk. */
  take(): Promise<void>;
  /** The commit that the last checkpoint includes: the log up to it is not needed to restore the index. */
  sequence(): number;
  /** Makes a last one. */
  close(): Promise<void>;
}

const intervalMs = 1_000;
/** Until the next checkpoint no page is used again: about two for each row. */
const maxChanges = 16_384;

export function checkpointFile(directory: string, epoch: number): string {
  return join(directory, "checkpoints", String(epoch));
}

export async function startCheckpoints({
  directory,
  epoch,
  index,
  onBroken,
  onPoint,
}: {
  readonly directory: string;
  readonly epoch: number;
  readonly index: Index;
  /** The index could not be flushed: what the disk has of it is unknown, and nothing may build on it any more. */
  readonly onBroken: (error: unknown) => void;
  readonly onPoint: OnDurabilityPoint;
}): Promise<Checkpoints> {
  const path = checkpointFile(directory, epoch);
  const file = await open(path, "w", 0o600);
  const data = await open(indexFile(directory), "r").catch((error: unknown) => closeAll([file], error));
  let slot = 0;
  let changes = 0;
  let sequence = -1;
  let held: Transaction | undefined;
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    changes = 0;
    // Held before the root is read: what it sees is not newer, so that it keeps all pages of the checkpoint.
    const { reader, seen } = holdSnapshot(index);
    try {
      const metaPage = await readNewestMetaPage(data);
      const { size } = await data.stat(); // before the flush: what the file grows by meanwhile is not in it
      onPoint("checkpoint:begun");
      await flushNoted(index, { directory, onBroken });
      await flushIndex();
      onPoint("checkpoint:index-flushed");
      // One that fails is written to the same slot again: the other one has the last good one.
      await writeSlot(file, slot + 1, { metaPage, indexBytes: size, txnId: readTxnId(metaPage) ?? 0n });
      await file.datasync();
      slot += 1;
      onPoint("checkpoint:written");
    } catch (error) {
      reader.done();
      throw error;
    }
    held?.done();
    held = reader;
    sequence = seen;
  };

  // The kernel reports a page that it could not write once, and forgets it: there is no second try.
  const flushIndex = async (): Promise<void> => {
    try {
      await data.datasync();
    } catch (error) {
      onBroken(error);
      throw error;
    }
  };

  const take = async (): Promise<void> => {
    while (running !== undefined) await running.catch(() => {}); // its caller has the error
    running = run().finally(() => {
      running = undefined;
    });
    await running;
  };

  // A failure leaves the last checkpoint as it is, and the log has the rest: the next turn tries again.
  const takeIfChanged = (): void => {
    if (running === undefined && currentSequence(index) !== sequence) take().catch(() => {});
  };

  try {
    await writeEmpty(file);
    await syncDirectory(join(path, ".."));
    await syncDirectory(join(directory, "index")); // the first one has to be found again, too
    await take();
  } catch (error) {
    await closeAll([file, data], error);
  }
  const timer = setInterval(takeIfChanged, intervalMs).unref();
  return {
    take,
    sequence: () => sequence,
    noteCommit(more) {
      changes += more;
      if (changes >= maxChanges && running === undefined) take().catch(() => {});
    },
    async close() {
      clearInterval(timer);
      try {
        if (currentSequence(index) !== sequence) await take();
      } finally {
        held?.done();
        await file.close();
        await data.close();
      }
    },
  };
}

async function closeAll(files: readonly FileHandle[], failure: unknown): Promise<never> {
  for (const file of files) await file.close();
  throw failure;
}

function currentSequence(index: Index): number {
  return index.read(() => readNumber(index, "sequence", 0));
}

/** A reader that keeps what it sees; what is committed later may be seen too, what was taken back never. */
export function holdSnapshot(index: Index): { readonly reader: Transaction; readonly seen: number } {
  return index.read(() => {
    const reader = index.root.useReadTransaction();
    // lmdb begins the snapshot with the first read.
    const seen = readNumber(index, "sequence", 0);
    return { reader, seen };
  });
}

/** The page may be written while it is read: then it is read again. */
async function readNewestMetaPage(data: FileHandle): Promise<Buffer> {
  for (;;) {
    const first = await readMetaPages(data);
    const second = await readMetaPages(data);
    if (!first.equals(second)) continue;
    const pages = Array.from({ length: metaPages }, (_, at) =>
      Buffer.from(first.subarray(at * indexPageBytes, (at + 1) * indexPageBytes)),
    );
    const [newest] = pages
      .flatMap((page) => {
        const txnId = readTxnId(page);
        return txnId === undefined ? [] : [{ page, txnId }];
      })
      .sort((a, b) => (a.txnId < b.txnId ? 1 : -1));
    if (newest === undefined)
      throw new StoreError("InternalError", "The index has no root page that this version can read");
    return newest.page;
  }
}

async function readMetaPages(data: FileHandle): Promise<Buffer> {
  const bytes = Buffer.alloc(metaPages * indexPageBytes);
  await data.read(bytes, 0, bytes.length, 0);
  return bytes;
}
