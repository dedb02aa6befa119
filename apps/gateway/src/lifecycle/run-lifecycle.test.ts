import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createMemoryStore,
  lockDataDirectory,
  type ObjectStore,
  openEmbeddedStore,
  type PutObjectInput,
  StoreError,
} from "@stave/object-store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createConfigurationCache } from "../configuration/bucket-configurations.ts";
import { realDayMs } from "./due-date.ts";
import { keyOf } from "./plan-bucket.ts";
import { type LifecycleReport, type LifecycleRunOptions, runLifecycle } from "./run-lifecycle.ts";

const bucket = "photos";
const input: Pick<PutObjectInput, "ownerId" | "metadata"> = { ownerId: "owner", metadata: { headers: {}, user: {} } };

async function createEmbedded(now: () => Date): Promise<ObjectStore> {
  const directory = await mkdtemp(join(tmpdir(), "stave-lifecycle-"));
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory, now });
  return {
    ...store,
    async close() {
      await store.close();
      await lock.release();
      await rm(directory, { recursive: true });
    },
  };
}

const stores = [
  ["memory", async (now: () => Date) => createMemoryStore({ now })],
  ["embedded", createEmbedded],
] as const;

describe.each(stores)("lifecycle rules in the %s store", { timeout: 30_000 }, (_, createStore) => {
  let store: ObjectStore;
  let now: Date;
  beforeEach(async () => {
    now = new Date("2026-03-01T10:30:00Z");
    store = await createStore(() => now);
    await store.createBucket({ name: bucket, ownerId: "owner" });
  });
  afterEach(() => store.close());

  const pass = (days: number): void => {
    now = new Date(now.getTime() + days * realDayMs);
  };
  const put = (key: string, text = "x", more: Partial<PutObjectInput> = {}) =>
    store.putObject({ bucket, key }, Buffer.from(text), { ...input, ...more });
  const setRules = (...rules: readonly string[]) =>
    store.putBucketConfiguration(
      bucket,
      "lifecycle",
      `<LifecycleConfiguration>${rules.join("")}</LifecycleConfiguration>`,
    );

  /** What is there: `key` of objects, `key!` of delete markers, in the order of a listing. */
  async function listed(name = bucket): Promise<readonly string[]> {
    const names: string[] = [];
    let place = {};
    for (let isTruncated = true; isTruncated; ) {
      const page = await store.listVersions(name, { maxKeys: 1000, ...place });
      names.push(...page.versions.map(({ key, isDeleteMarker }) => (isDeleteMarker ? `${key}!` : key)));
      ({ isTruncated } = page);
      place = { keyMarker: page.nextKeyMarker, versionIdMarker: page.nextVersionIdMarker };
    }
    return names;
  }

  type Run = LifecycleReport & { readonly actions: readonly string[]; readonly failures: readonly unknown[] };
  async function run(more: Partial<LifecycleRunOptions> = {}): Promise<Run> {
    const actions: string[] = [];
    const failures: unknown[] = [];
    const report = await runLifecycle({
      store,
      configurations: createConfigurationCache(store),
      now: () => now,
      dayMs: realDayMs,
      signal: new AbortController().signal,
      onDone: (_bucket, planned) => actions.push(`${planned.action} ${keyOf(planned)}`),
      onError: (error) => failures.push(error),
      ...more,
    });
    return { ...report, actions, failures };
  }

  test("objects go when they are due, not before, and others stay", async () => {
    await put("logs/a");
    await put("keep");
    await setRules(rule("<Expiration><Days>2</Days></Expiration>", "<Prefix>logs/</Prefix>"));
    pass(1);
    await put("logs/b");

    now = new Date("2026-03-03T23:59:59.999Z");
    expect(await run()).toMatchObject({ done: 0, changed: 0, errors: 0 });
    expect(await listed()).toEqual(["keep", "logs/a", "logs/b"]);
    now = new Date("2026-03-04T00:00:00Z");
    expect(await run()).toMatchObject({ done: 1, actions: ["delete-object logs/a"] });
    expect(await listed()).toEqual(["keep", "logs/b"]);
    expect(await run()).toMatchObject({ done: 0 });
    pass(1);
    expect(await run()).toMatchObject({ actions: ["delete-object logs/b"] });
    expect(await store.bucketUsage(bucket)).toMatchObject({ objects: 1, versions: 1 });
  });

  test("a versioned object gets one marker, loses its versions, and then the marker", async () => {
    await store.putBucketVersioning(bucket, "Enabled");
    await put("a", "1");
    await put("a", "2");
    await setRules(
      rule("<Expiration><Days>10</Days></Expiration>"),
      rule(`${noncurrent(3)}<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`),
    );

    pass(3);
    expect((await run()).actions).toEqual([]);
    pass(1);
    expect((await run()).actions).toEqual(["delete-noncurrent-version a"]);
    pass(7);
    expect((await run()).actions).toEqual(["add-delete-marker a"]);
    expect((await run()).actions).toEqual([]);
    expect(await listed()).toEqual(["a!", "a"]);
    pass(4);
    expect((await run()).actions).toEqual(["delete-noncurrent-version a"]);
    expect((await run()).actions).toEqual(["delete-expired-marker a"]);
    expect(await listed()).toEqual([]);
  });

  test("with suspended versioning the null version is replaced by a null marker", async () => {
    await store.putBucketVersioning(bucket, "Suspended");
    await put("a");
    await setRules(rule("<Expiration><Days>1</Days></Expiration>"));

    pass(2);

    expect((await run()).actions).toEqual(["add-delete-marker a"]);
    expect(await store.headObject({ bucket, key: "a" })).toMatchObject({ versionId: "null", isDeleteMarker: true });
    expect(await listed()).toEqual(["a!"]);
  });

  test("of a key with more versions than a page has, the newest are kept", async () => {
    await store.putBucketVersioning(bucket, "Enabled");
    await put("a", "other key");
    await Promise.all(Array.from({ length: 600 }, (_, at) => put("b", `${at}`)));
    await put("c", "other key");
    await setRules(rule(noncurrent(1, 2)));

    pass(3);

    expect(await run()).toMatchObject({ done: 597, errors: 0 });
    expect(await listed()).toEqual(["a", "b", "b", "b", "c"]);
  });

  test("unfinished uploads are aborted", async () => {
    const old = await store.createUpload({ bucket, key: "logs/a" }, input);
    await setRules(
      rule(
        "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
      ),
    );
    pass(2);
    const young = await store.createUpload({ bucket, key: "logs/a" }, input);

    expect((await run()).actions).toEqual(["abort-upload logs/a"]);

    expect(await store.readUpload(old)).toBeUndefined();
    expect(await store.readUpload(young)).toBeDefined();
  });

  test("who wants to hear of expirations does, once for each, and of nothing that stays", async () => {
    await store.putBucketVersioning(bucket, "Enabled");
    await put("a", "1");
    await put("a", "2");
    await put("b");
    await setRules(rule(`<Expiration><Days>1</Days></Expiration>${noncurrent(1)}`));
    const target =
      "<Id>n</Id><Topic>arn:stave:webhook:us-east-1::hook</Topic><Event>s3:LifecycleExpiration:*</Event><Event>s3:ObjectRemoved:*</Event>";
    await store.putBucketConfiguration(
      bucket,
      "notification",
      `<NotificationConfiguration><TopicConfiguration>${target}</TopicConfiguration></NotificationConfiguration>`,
    );
    pass(2);

    await run({ store: before(() => put("b", "new")) });
    await run();

    const messages = await store.readMessages("webhook:hook", { state: "waiting", limit: 10 });
    const told = messages.map(({ text }) => {
      const { event, key } = JSON.parse(text);
      return `${event} ${key}`;
    });
    expect(told.toSorted()).toEqual([
      "s3:LifecycleExpiration:Delete a",
      "s3:LifecycleExpiration:DeleteMarkerCreated a",
    ]);
  });

  test("a locked version stays until it is not locked any more", async () => {
    await store.putBucketVersioning(bucket, "Enabled");
    await store.enableObjectLock(bucket);
    const retention = { mode: "GOVERNANCE" as const, retainUntil: new Date("2026-04-01T00:00:00Z") };
    await put("held", "1", { attributes: { legalHold: true } });
    await put("held", "2");
    await put("retained", "1", { attributes: { retention } });
    await put("retained", "2");
    await setRules(rule(noncurrent(1)));

    pass(10);
    expect((await run()).actions).toEqual([]);
    pass(30);
    expect((await run()).actions).toEqual(["delete-noncurrent-version retained"]);
    expect(await listed()).toEqual(["held", "held", "retained"]);
  });

  /** Does something when the run has looked, and is about to act. */
  function before(work: () => Promise<unknown>): ObjectStore {
    let first: Promise<unknown> | undefined;
    return {
      ...store,
      async deleteObject(address, deletion) {
        first ??= work();
        await first;
        return await store.deleteObject(address, deletion);
      },
      async abortUpload(upload) {
        first ??= work();
        await first;
        await store.abortUpload(upload);
      },
    };
  }

  test("what is written again between being looked at and deleted stays", async () => {
    await put("a", "old");
    await setRules(rule("<Expiration><Days>1</Days></Expiration>"));
    pass(2);

    expect(await run({ store: before(() => put("a", "new")) })).toMatchObject({ done: 0, changed: 1, errors: 0 });

    expect(await store.headObject({ bucket, key: "a" })).toMatchObject({ lastModified: now });
  });

  test("what is tagged to be kept between being looked at and deleted stays", async () => {
    await put("a", "x", { attributes: { tags: { keep: "no" } } });
    await setRules(rule("<Expiration><Days>1</Days></Expiration>", "<Tag><Key>keep</Key><Value>no</Value></Tag>"));
    pass(2);
    const retag = () => store.putObjectAttributes({ bucket, key: "a" }, { tags: { keep: "yes" } });

    expect(await run({ store: before(retag) })).toMatchObject({ done: 0, changed: 1 });

    expect(await listed()).toEqual(["a"]);
  });

  test("what is locked, undeleted or covered between being looked at and deleted stays", async () => {
    await store.putBucketVersioning(bucket, "Enabled");
    await store.enableObjectLock(bucket);
    await put("locked", "1");
    await put("locked", "2");
    await store.deleteObject({ bucket, key: "revived" });
    await put("undeleted", "1");
    const { versionId } = await store.deleteObject({ bucket, key: "undeleted" });
    await setRules(
      rule(`${noncurrent(1)}<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`),
    );
    pass(3);
    const change = async () => {
      const { versions } = await store.listVersions(bucket, { prefix: "locked", maxKeys: 10 });
      const older = { versionId: versions[1]?.versionId ?? "", legalHold: true };
      await store.putObjectAttributes({ bucket, key: "locked" }, older);
      await put("revived");
      await store.deleteObject({ bucket, key: "undeleted" }, { versionId: versionId ?? "" });
    };

    expect(await run({ store: before(change) })).toMatchObject({ done: 0, changed: 3, errors: 0 });

    expect(await listed()).toEqual(["locked", "locked", "revived", "revived!", "undeleted"]);
  });

  test("an upload that is completed, and a bucket that is deleted meanwhile, are no failures", async () => {
    await store.createBucket({ name: "going", ownerId: "owner" });
    const upload = await store.createUpload({ bucket: "going", key: "a" }, input);
    await store.putBucketConfiguration(
      "going",
      "lifecycle",
      `<LifecycleConfiguration>${rule("<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>")}</LifecycleConfiguration>`,
    );
    pass(2);
    const drop = async () => {
      await store.abortUpload(upload);
      await store.deleteBucket("going");
    };

    expect(await run({ store: before(drop) })).toMatchObject({ done: 0, changed: 1, errors: 0 });
  });

  test("a rule that is taken away ends its work before the next page", async () => {
    await Promise.all(Array.from({ length: 600 }, (_, at) => put(`${at}`)));
    await setRules(rule("<Expiration><Days>1</Days></Expiration>"));
    pass(2);
    const configurations = createConfigurationCache(store);
    const takeAway = () => store.putBucketConfiguration(bucket, "lifecycle", undefined);

    const { done } = await run({ store: before(takeAway), configurations });

    expect(done).toBe(250);
    expect(await listed()).toHaveLength(350);
  });

  test("a bucket that fails is left after some failures, is tried again, and the others are served", async () => {
    for (const name of ["bad", "good"]) {
      await store.createBucket({ name, ownerId: "owner" });
      const rules = rule("<Expiration><Days>1</Days></Expiration>");
      await store.putBucketConfiguration(
        name,
        "lifecycle",
        `<LifecycleConfiguration>${rules}</LifecycleConfiguration>`,
      );
      const keys = Array.from({ length: 300 }, (_, at) => `${at}`);
      await Promise.all(keys.map((key) => store.putObject({ bucket: name, key }, Buffer.from("x"), input)));
    }
    await setRules("<Rule/>"); // as a newer version might have kept it
    pass(2);
    const failing: ObjectStore = {
      ...store,
      async deleteObject(address, deletion) {
        if (address.bucket === "bad") throw new StoreError("InsufficientStorage", "The disk is full");
        return await store.deleteObject(address, deletion);
      },
    };

    const report = await run({ store: failing });

    expect(report).toMatchObject({ done: 300, changed: 0 });
    expect(report.errors).toBe(report.failures.length);
    expect(report.errors).toBeGreaterThanOrEqual(11);
    expect(report.errors).toBeLessThan(100);
    expect([await listed("bad"), await listed("good")]).toEqual([expect.objectContaining({ length: 300 }), []]);
    expect(await run()).toMatchObject({ done: 300, errors: 1 });
  });

  test("stops when it is told to, and goes on the next time", async () => {
    await Promise.all(Array.from({ length: 300 }, (_, at) => put(`${at}`)));
    await setRules(rule("<Expiration><Days>1</Days></Expiration>"));
    pass(2);
    const stopping = new AbortController();

    const stopped = run({ signal: stopping.signal, onDone: () => stopping.abort() });

    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    const left = (await listed()).length;
    expect(left).toBeGreaterThan(0);
    expect(await run()).toMatchObject({ done: left });
    expect(await listed()).toEqual([]);
  });
});

function rule(content: string, filter = ""): string {
  const id = `<ID>${content.length}-${filter.length}</ID>`;
  return `<Rule>${id}<Status>Enabled</Status><Filter>${filter}</Filter>${content}</Rule>`;
}

function noncurrent(days: number, kept?: number): string {
  const newest = kept === undefined ? "" : `<NewerNoncurrentVersions>${kept}</NewerNoncurrentVersions>`;
  return `<NoncurrentVersionExpiration><NoncurrentDays>${days}</NoncurrentDays>${newest}</NoncurrentVersionExpiration>`;
}
