import type { EmbeddedStore } from "@stave/object-store";
import type { Random } from "../random.ts";
import { ownerId, plainBucket, relaxedBucket, versionedBucket } from "./buckets.ts";
import type { LoadKind } from "./messages.ts";
import type { Done, Reporter } from "./report-operation.ts";
import type { Slot } from "./slots.ts";
import { writeUpload } from "./write-upload.ts";

export interface WriterOptions {
  readonly store: EmbeddedStore;
  readonly reporter: Reporter;
  readonly random: Random;
  readonly kind: LoadKind;
  /** The first writer of a worker also does what is not about one key. */
  readonly writer: number;
}

/** In the index, in a segment and in a file of their own, with the sizes next to the borders. */
const sizes = [0, 1, 100, 100, 4096, 4096, 40_000, 65_536, 128 * 1024, 128 * 1024 + 1, 300_000] as const;
/** Versions stay. */
const versionSizes = [0, 1, 100, 100, 100, 4096, 4096, 4096, 40_000, 128 * 1024 + 1] as const;
const segmentSizes = [128 * 1024] as const;
const manyVersions = 12;
/** Low, so that there is always something to compact. */
const minDeadRatio = 0.2;
const metadata = { headers: { "content-type": "application/octet-stream" }, user: {} };

/** One operation after the other, until the process ends. */
export async function writeForever(slots: readonly [Slot, ...Slot[]], options: WriterOptions): Promise<never> {
  const { store, random, kind, writer } = options;
  for (;;) {
    if (writer === 0 && random.isOneIn(60)) await turnStrict(options);
    if (writer === 0 && random.isOneIn(100)) await store.sweepOrphans();
    if (writer === 1 && random.isOneIn(kind === "compaction" ? 4 : 60)) await compact(store);
    await writeOnce(random.pick(slots), slots, options);
  }
}

async function compact(store: EmbeddedStore): Promise<void> {
  const { kept } = await store.compact({ minDeadRatio });
  const damaged = kept.flatMap((segment) => segment.damaged);
  if (damaged.length > 0) throw new Error(`The compaction finds damage: ${JSON.stringify(damaged)}`);
}

async function writeOnce(slot: Slot, slots: readonly [Slot, ...Slot[]], options: WriterOptions): Promise<void> {
  const { store, reporter, random, kind } = options;
  const draw = random.below(100);
  const isVersioned = slot.address.bucket === versionedBucket;
  if (kind === "segments") return await put(slot, options);
  if (draw < (kind === "uploads" ? 50 : 6) && !isVersioned) return await writeUpload(slot, options);
  if (isVersioned && (draw < 10 || slot.versions.length > manyVersions)) return await removeVersion(slot, options);
  if (draw < 25 && slot.content !== undefined) {
    await write(slot, { reporter, content: undefined, work: () => store.deleteObject(slot.address) });
    return;
  }
  if (draw < 37) return await copy(random.pick(slots), slot, options);
  if (draw < 52) return await putConditionally(slot, options);
  return await put(slot, options);
}

async function put(slot: Slot, { store, reporter, random, kind }: WriterOptions): Promise<void> {
  const isVersioned = slot.address.bucket === versionedBucket;
  const sizeBytes = random.pick(kind === "segments" ? segmentSizes : isVersioned ? versionSizes : sizes);
  const content = reporter.newContent(slot.address, sizeBytes);
  const bytes = reporter.bytesOf(content);
  const work = () => store.putObject(slot.address, random.isOneIn(2) ? bytes : chunksOf(bytes), { ownerId, metadata });
  await write(slot, { reporter, content, work });
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}

/** One in four is refused: then nothing of it may ever be seen. */
async function putConditionally(slot: Slot, { store, reporter, random }: WriterOptions): Promise<void> {
  const { address, etag } = slot;
  const content = reporter.newContent(address, random.pick(versionSizes));
  const isThere = slot.content !== undefined;
  const isRefused = random.isOneIn(4);
  const absent = { ifNoneMatch: "*" } as const;
  const conditions = isRefused
    ? isThere
      ? absent
      : { ifMatch: "0".repeat(32) }
    : isThere
      ? { ifMatch: etag }
      : absent;
  const work = () => store.putObject(address, reporter.bytesOf(content), { ownerId, metadata, conditions });
  const refusal = isRefused ? (isThere ? "PreconditionFailed" : "NoSuchKey") : undefined;
  await write(slot, { reporter, content, work, refusal });
}

async function copy(source: Slot, slot: Slot, { store, reporter }: WriterOptions): Promise<void> {
  const { content } = source;
  if (content === undefined) return;
  const open = await store.openObject(source.address);
  if (open === undefined || !("close" in open)) {
    throw new Error(`Expected ${content.name} at ${source.address.key}, and nothing is there`);
  }
  try {
    const work = () => store.copyObject(open, slot.address, { ownerId, metadata });
    await write(slot, { reporter, content, work });
  } finally {
    await open.close();
  }
}

/** Of one that is not the newest, so that the state of the key stays what it is. */
async function removeVersion(slot: Slot, { store, reporter, random }: WriterOptions): Promise<void> {
  const { address, versions } = slot;
  const removed = versions[random.below(versions.length - 1)];
  if (removed === undefined || versions.length < 2) return;
  const { versionId } = removed;
  await reporter.run({ kind: "remove", address, versionId }, async () => {
    await store.deleteObject(address, { versionId });
    return {};
  });
  slot.versions = versions.filter((version) => version !== removed);
}

async function turnStrict({ store, reporter }: WriterOptions): Promise<void> {
  await reporter.run({ kind: "turn strict" }, async () => {
    await store.putBucketDurability(relaxedBucket, "strict");
    return {};
  });
  await store.putBucketDurability(relaxedBucket, "relaxed");
}

export interface WriteOptions {
  readonly reporter: Reporter;
  /** Undefined for a delete. */
  readonly content: Slot["content"];
  readonly work: (id: string) => Promise<Done | undefined>;
  /** The code that it must be refused with. */
  readonly refusal?: string | undefined;
}

/** Runs a write and notes what it has made of the key. */
export async function write(slot: Slot, { reporter, content, work, refusal }: WriteOptions): Promise<void> {
  const { address } = slot;
  const done = await reporter.run({ kind: "write", address, content: content ?? null }, work, refusal);
  if (done === undefined) return;
  slot.content = content;
  slot.etag = done.etag ?? "";
  if (address.bucket === versionedBucket && done.versionId !== undefined) {
    slot.versions = [...slot.versions, { versionId: done.versionId, content }];
  }
}

/** Whether uploads of two parts, of which the first has 5 MiB at least, are to be made of this key. */
export function isForLargeUploads({ address }: Slot): boolean {
  return address.bucket === plainBucket && address.key.endsWith("/0/s0");
}
