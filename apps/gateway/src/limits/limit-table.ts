/** How far use may run ahead of the rate. */
export const burstSeconds = 5;
/** Beyond this many bursts of bytes nothing new begins; what is under way is slowed from the first on. */
const maxBursts = 2;
const maxBuckets = 10_000;
const sharedBuckets = 256;
/** Told at once; the rest follows. */
const maxToldBuckets = 1000;

export interface LimitTableOptions {
  /** @default no limit */
  readonly requestsPerSecond?: number | undefined;
  /** @default no limit */
  readonly bytesPerSecond?: number | undefined;
  /** Does not jump, as the time of day does. */
  readonly nowMs: () => number;
  /** @default 10,000 */
  readonly maxBuckets?: number;
  /** Whether `takeUse` will be called. @default false */
  readonly isTold?: boolean;
}

export type BucketUse = readonly [name: string, requests: number, bytes: number];

export type LimitRefusal = { readonly by: "requests" | "bytes"; readonly retryAfterSeconds: number };

/** What each of many clients has used lately, and whether that is too much. */
export interface LimitTable {
  /** Counts a request, unless it is to be refused. */
  admit(name: string): LimitRefusal | undefined;
  addBytes(name: string, bytes: number): void;
  /** How long a transfer has to wait before it goes on; 0 mostly. */
  pauseMs(name: string): number;
  /** What was counted here since the last call, for tables of other processes. */
  takeUse(): readonly BucketUse[];
  /** Counts what others have admitted. */
  addUse(uses: readonly BucketUse[]): void;
}

type Bucket = {
  readonly name: string;
  /** Used, and not yet paid for by time. */
  requests: number;
  bytes: number;
  paidAtMs: number;
  untoldRequests: number;
  untoldBytes: number;
};

/**
 * A leaking bucket for each name. Names come from outside, so there are only so many buckets. One that is empty says nothing and
 * makes room. While none is, newcomers share buckets by a hash of their names: so nobody is forgotten what was used and gets in
 * free, and nobody is locked out because others fill the table.
 */
export function createLimitTable(options: LimitTableOptions): LimitTable {
  const { requestsPerSecond, bytesPerSecond, nowMs, isTold = false } = options;
  const maxRequests = (requestsPerSecond ?? 0) * burstSeconds;
  const maxBytes = (bytesPerSecond ?? 0) * burstSeconds;
  const rates = { requestsPerMs: (requestsPerSecond ?? 0) / 1000, bytesPerMs: (bytesPerSecond ?? 0) / 1000 };
  const buckets = createBuckets(options.maxBuckets ?? maxBuckets, rates);
  const untold = new Set<Bucket>();

  return {
    admit(name) {
      const bucket = buckets.find(name, nowMs());
      if (bytesPerSecond !== undefined && bucket.bytes > maxBytes * maxBursts) {
        return refusal("bytes", (bucket.bytes - maxBytes * maxBursts) / bytesPerSecond);
      }
      if (requestsPerSecond === undefined) return undefined;
      const excess = bucket.requests + 1 - maxRequests;
      if (excess > 0) return refusal("requests", excess / requestsPerSecond);
      bucket.requests += 1;
      if (isTold) {
        bucket.untoldRequests += 1;
        untold.add(bucket);
      }
      return undefined;
    },
    addBytes(name, bytes) {
      if (bytesPerSecond === undefined) return;
      const bucket = buckets.find(name, nowMs());
      bucket.bytes += bytes;
      if (isTold) {
        bucket.untoldBytes += bytes;
        untold.add(bucket);
      }
    },
    pauseMs(name) {
      if (bytesPerSecond === undefined) return 0;
      return Math.max(0, (buckets.find(name, nowMs()).bytes - maxBytes) / rates.bytesPerMs);
    },
    takeUse() {
      const uses: BucketUse[] = [];
      for (const bucket of untold) {
        if (uses.length === maxToldBuckets) break;
        uses.push([bucket.name, bucket.untoldRequests, bucket.untoldBytes]);
        bucket.untoldRequests = 0;
        bucket.untoldBytes = 0;
        untold.delete(bucket);
      }
      return uses;
    },
    addUse(uses) {
      for (const [name, requests, bytes] of uses) {
        const bucket = buckets.find(name, nowMs());
        bucket.requests += requests;
        bucket.bytes += bytes;
      }
    },
  };
}

function refusal(by: LimitRefusal["by"], seconds: number): LimitRefusal {
  return { by, retryAfterSeconds: Math.max(1, Math.ceil(seconds)) };
}

type Rates = { readonly requestsPerMs: number; readonly bytesPerMs: number };

/** How many are looked at for one that is empty. */
const maxLooks = 4;
/** No key or address begins with it. */
const sharedMark = "#";

function createBuckets(max: number, { requestsPerMs, bytesPerMs }: Rates) {
  const own = new Map<string, Bucket>();
  const shared = new Map<string, Bucket>();
  /** Those of `own`, in turn. A map that is searched from its beginning is slow where much was deleted from it. */
  const ring: Bucket[] = [];
  let hand = 0;

  const pay = (bucket: Bucket, nowMs: number): void => {
    const elapsedMs = nowMs - bucket.paidAtMs;
    if (elapsedMs <= 0) return;
    bucket.paidAtMs = nowMs;
    bucket.requests = Math.max(0, bucket.requests - elapsedMs * requestsPerMs);
    bucket.bytes = Math.max(0, bucket.bytes - elapsedMs * bytesPerMs);
  };

  /** Where there is room for one more, if there is. Each newcomer looks at others. */
  const findRoom = (nowMs: number): number | undefined => {
    if (ring.length < max) return ring.length;
    for (let look = 0; look < maxLooks; look += 1) {
      hand = (hand + 1) % ring.length;
      const bucket = ring[hand];
      if (bucket === undefined) continue;
      pay(bucket, nowMs);
      if (bucket.requests > 0 || bucket.bytes > 0) continue;
      own.delete(bucket.name);
      return hand;
    }
    return undefined;
  };

  const findShared = (name: string, nowMs: number): Bucket => {
    const bucket = shared.get(name) ?? createBucket(name, nowMs);
    shared.set(name, bucket);
    pay(bucket, nowMs);
    return bucket;
  };

  return {
    /** Paid up to now. */
    find(name: string, nowMs: number): Bucket {
      const known = own.get(name);
      if (known !== undefined) {
        pay(known, nowMs);
        return known;
      }
      if (name.startsWith(sharedMark)) return findShared(name, nowMs);
      const room = findRoom(nowMs);
      if (room === undefined) return findShared(`${sharedMark}${hash(name)}`, nowMs);
      const bucket = createBucket(name, nowMs);
      own.set(name, bucket);
      ring[room] = bucket;
      return bucket;
    },
  };
}

function createBucket(name: string, nowMs: number): Bucket {
  return { name, requests: 0, bytes: 0, paidAtMs: nowMs, untoldRequests: 0, untoldBytes: 0 };
}

/** FNV-1a, the same in every process. It need be no secret: who can fill the table can fill these buckets without knowing it. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    value = Math.imul(value ^ name.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0) % sharedBuckets;
}
