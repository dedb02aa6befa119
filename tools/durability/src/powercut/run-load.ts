import { setTimeout as delay } from "node:timers/promises";
import type { Content } from "../content.ts";
import type { Address } from "../ledger.ts";
import { createRandom, type Random } from "../random.ts";
import { type Capabilities, plainBucket, versionedBucket } from "./prepare-buckets.ts";
import type { S3Writer, Written } from "./s3-writer.ts";

export interface LoadOptions {
  readonly writer: S3Writer;
  readonly capabilities: Capabilities;
  readonly writers: number;
  readonly seed: number;
  /** Told of each operation that has ended. */
  readonly onWritten: (written: Written) => void;
}

export interface Load {
  /** Lets only so many writers go on; resolves when the others have no operation under way. */
  limit(writers: number): Promise<void>;
  /** Resolves when no operation is under way any more. */
  stop(): Promise<void>;
}

/** From nothing to what no server keeps in its index. Small ones first: most objects of most users are. */
const sizes = [0, 1, 100, 100, 4096, 4096, 40 * 1024, 40 * 1024, 128 * 1024, 300_000] as const;
const uploadBytes = 5 * 1024 ** 2;
const slotsOfWriter = 16;
/** Every writer's first slots are in the versioned bucket, if there is one. */
const versionedSlots = 4;
/** A key gets this many operations at the most, then the slot moves on to a fresh one. */
const longestLife = 30;
/** Uploads are large: one at a time, now and then, is enough to be cut. */
const uploadEveryMs = 1500;

/** One key at a time, of one writer, so that the order of the operations on a key is known. */
type Slot = {
  readonly name: string;
  readonly bucket: string;
  generation: number;
  address: Address;
  left: number;
  content: Content | undefined;
  etag: string;
};

/** Writers that go on until they are stopped, over few keys that change often. */
export function runLoad(options: LoadOptions): Load {
  const pace: Pace = {
    isStopped: false,
    nextUploadAt: Date.now(),
    limit: options.writers,
    changed: Promise.withResolvers(),
  };
  const writers = Array.from({ length: options.writers }, (_, at): Writer => ({ at, underWay: Promise.resolve() }));
  const running = Promise.all(writers.map((writer) => write(writer, { ...options, pace })));
  running.catch(() => {}); // `stop` has it
  const change = (settings: Partial<Pace>) => {
    const { changed } = pace;
    Object.assign(pace, settings, { changed: Promise.withResolvers() });
    changed.resolve();
  };
  return {
    async limit(limit) {
      change({ limit });
      await Promise.all(writers.slice(limit).map(({ underWay }) => underWay));
    },
    async stop() {
      change({ isStopped: true });
      await running;
    },
  };
}

type Writer = { readonly at: number; underWay: Promise<unknown> };
type Pace = { isStopped: boolean; nextUploadAt: number; limit: number; changed: PromiseWithResolvers<void> };
type WriterOptions = LoadOptions & { readonly pace: Pace };

async function write(writer: Writer, options: WriterOptions): Promise<void> {
  const { seed, pace, onWritten, capabilities } = options;
  const name = `w${writer.at}`;
  const random = createRandom(seed, name);
  const slots = createSlots({ name, random, isVersioned: !capabilities.missing.has("versioning") });
  while (!pace.isStopped) {
    if (writer.at >= pace.limit) {
      await pace.changed.promise;
      continue;
    }
    const slot = random.pick(slots);
    const operation = step(slot, { ...options, random, slots });
    writer.underWay = operation;
    const written = await operation;
    onWritten(written);
    if (written.kind === "acknowledged") {
      slot.content = written.operation.content;
      slot.etag = written.etag;
    }
    slot.left -= 1;
    // What failed may still happen, so its key is left alone for good.
    if (written.kind === "failed" || slot.left <= 0) refresh(slot, random);
    if (written.kind === "failed") await delay(50);
  }
}

type StepOptions = WriterOptions & { readonly random: Random; readonly slots: readonly [Slot, ...Slot[]] };

function step(slot: Slot, options: StepOptions): Promise<Written> {
  const { writer, random, slots, pace, capabilities } = options;
  const { address } = slot;
  const has = (feature: Parameters<typeof capabilities.missing.has>[0]) => !capabilities.missing.has(feature);
  const sizeBytes = random.pick(sizes);
  const draw = random.below(100);
  if (slot.bucket === plainBucket && has("multipart uploads") && Date.now() >= pace.nextUploadAt) {
    pace.nextUploadAt = Date.now() + uploadEveryMs;
    return writer.upload(address, { sizeBytes: uploadBytes + 1 + sizeBytes, isAborted: random.isOneIn(5) });
  }
  if (draw < 15 && slot.content !== undefined) return writer.delete(address);
  if (draw < 25 && has("copies")) {
    const source = random.pick(slots);
    if (source !== slot && source.content !== undefined && source.bucket === slot.bucket) {
      return writer.copy(address, { address: source.address, content: source.content });
    }
  }
  if (draw < 40 && slot.bucket === plainBucket && has("conditional writes")) {
    // One in four is refused: then nothing of it may ever be seen.
    const isRefused = random.isOneIn(4);
    const absent = { "if-none-match": "*" } as const;
    const wrong = { "if-match": '"00000000000000000000000000000000"' };
    const right = slot.content === undefined ? absent : { "if-match": `"${slot.etag}"` };
    return writer.put(address, { sizeBytes, condition: isRefused ? (slot.content ? absent : wrong) : right });
  }
  return writer.put(address, { sizeBytes });
}

function createSlots({
  name,
  random,
  isVersioned,
}: {
  name: string;
  random: Random;
  isVersioned: boolean;
}): [Slot, ...Slot[]] {
  const create = (at: number): Slot => {
    const bucket = isVersioned && at < versionedSlots ? versionedBucket : plainBucket;
    const slot = { name: `${name}/s${at}`, bucket, generation: 0, left: 0, content: undefined, etag: "" };
    const created = { ...slot, address: { bucket, key: "" } };
    refresh(created, random);
    return created;
  };
  return [create(0), ...Array.from({ length: slotsOfWriter - 1 }, (_, at) => create(at + 1))];
}

/** Moves a slot on to a key that has never been used. Half of them lie in a new folder, whose entry has to survive as well. */
function refresh(slot: Slot, random: Random): void {
  slot.generation += 1;
  const name = `${slot.name}-g${slot.generation}`;
  slot.address = { bucket: slot.bucket, key: random.isOneIn(2) ? `${name}/object` : name };
  slot.left = 1 + random.below(longestLife);
  slot.content = undefined;
  slot.etag = "";
}
