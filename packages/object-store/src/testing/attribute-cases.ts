import { deepEqual, equal, ok } from "node:assert/strict";
import type { ObjectStore, VersionAttributes } from "../object-store.ts";
import {
  bodyOf,
  createBucket,
  minPartBytes,
  open,
  patterned,
  plain,
  put,
  readText,
  refuses,
  rule,
} from "./case-tools.ts";

const tags = { z: "1", a: "2", __proto: "3", "": "" };
const far = new Date("2100-01-01T00:00:00Z");
const past = new Date("2001-01-01T00:00:00Z");

async function attributesOf(
  store: ObjectStore,
  bucket: string,
  key: string,
  versionId?: string,
): Promise<VersionAttributes | undefined> {
  const version = await store.headObject({ bucket, key }, versionId);
  ok(version !== undefined && !version.isDeleteMarker);
  return version.attributes;
}

async function createLockedBucket(store: ObjectStore): Promise<string> {
  await store.createBucket({ name: "vault", ownerId: "owner", hasObjectLock: true });
  return "vault";
}

export const attributeCases = [
  rule("keeps what is said about an object, however it was written", async (store) => {
    const bucket = await createBucket(store);
    const attributes = {
      tags,
      acl: "<acl/>",
      retention: { mode: "COMPLIANCE" as const, retainUntil: past },
      legalHold: false,
      replication: "PENDING",
    };
    await store.putObject({ bucket, key: "put" }, bodyOf("x"), { ...plain, attributes });
    const source = await open(store, bucket, "put");
    await store.copyObject(source, { bucket, key: "copied" }, { ...plain, attributes: { tags } });
    await store.copyObject(source, { bucket, key: "bare" }, plain);
    await source.close();
    const upload = await store.createUpload({ bucket, key: "parts" }, { ...plain, attributes });
    deepEqual((await store.readUpload(upload))?.attributes, attributes);
    const parts = [await store.putPart(upload, bodyOf(patterned(minPartBytes)), { partNumber: 1 })];
    await store.completeUpload(upload, { parts });

    deepEqual(await attributesOf(store, bucket, "put"), attributes);
    deepEqual(await attributesOf(store, bucket, "copied"), { tags });
    equal(await attributesOf(store, bucket, "bare"), undefined);
    deepEqual(await attributesOf(store, bucket, "parts"), attributes);
    const listed = await store.listObjects(bucket, { maxKeys: 10, prefix: "put" });
    deepEqual(listed.objects[0]?.attributes, attributes);
  }),

  rule("takes what is said at the completion of an upload before what was said at its start", async (store) => {
    const bucket = await createBucket(store);
    const start = { tags, legalHold: true };
    const upload = await store.createUpload({ bucket, key: "a" }, { ...plain, attributes: start });
    const part = await store.putPart(upload, bodyOf("x"), { partNumber: 1 });
    const retention = { mode: "GOVERNANCE" as const, retainUntil: far };

    await store.completeUpload(upload, { parts: [part], attributes: { legalHold: false, retention } });

    deepEqual(await attributesOf(store, bucket, "a"), { tags, legalHold: false, retention });
  }),

  rule("changes what is said and nothing else", async (store) => {
    const bucket = await createBucket(store);
    const written = await put(store, bucket, "a", "text");

    const tagged = await store.putObjectAttributes({ bucket, key: "a" }, { tags, acl: "one" });
    deepEqual(tagged, { ...written, attributes: { tags, acl: "one" } });
    await store.putObjectAttributes({ bucket, key: "a" }, { acl: null, legalHold: true });
    deepEqual(await attributesOf(store, bucket, "a"), { tags, legalHold: true });
    await store.putObjectAttributes({ bucket, key: "a" }, { tags: null, legalHold: null });

    deepEqual(await store.headObject({ bucket, key: "a" }), written);
    equal(await readText(store, bucket, "a"), "text");
    deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: 4 });
  }),

  rule("says things about one version", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    const first = await put(store, bucket, "a", "1");
    const second = await put(store, bucket, "a", "2");
    const third = await put(store, bucket, "a", "3");

    await store.putObjectAttributes({ bucket, key: "a" }, { versionId: first.versionId, tags: { n: "1" } });
    await store.putObjectAttributes({ bucket, key: "a" }, { tags: { n: "3" } });
    await store.deleteObject({ bucket, key: "a" }, { versionId: third.versionId });

    deepEqual(await attributesOf(store, bucket, "a", first.versionId), { tags: { n: "1" } });
    equal(await attributesOf(store, bucket, "a", second.versionId), undefined);
    deepEqual((await store.headObject({ bucket, key: "a" }))?.versionId, second.versionId);
  }),

  rule("says nothing about what is not an object", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a");
    const { versionId = "" } = await store.deleteObject({ bucket, key: "a" });

    await refuses(store.putObjectAttributes({ bucket, key: "a" }, { tags }), "NoSuchKey");
    await refuses(store.putObjectAttributes({ bucket, key: "a" }, { versionId, tags }), "NoSuchKey");
    await refuses(store.putObjectAttributes({ bucket, key: "b" }, { tags }), "NoSuchKey");
    await refuses(store.putObjectAttributes({ bucket: "nowhere", key: "b" }, { tags }), "NoSuchBucket");
  }),

  rule("has object lock only with versioning, for good", async (store) => {
    const bucket = await createBucket(store);
    await refuses(store.enableObjectLock(bucket), "InvalidBucketState");
    await store.putBucketVersioning(bucket, "Enabled");
    await store.enableObjectLock(bucket);
    equal((await store.readBucket(bucket))?.hasObjectLock, true);
    await refuses(store.putBucketVersioning(bucket, "Suspended"), "InvalidBucketState");

    const locked = await store.readBucket(await createLockedBucket(store));
    equal(locked?.versioning, "Enabled");
    equal(locked?.hasObjectLock, true);
  }),

  rule("does not remove a version that is held or retained", async (store) => {
    const bucket = await createLockedBucket(store);
    const address = { bucket, key: "a" };
    const { versionId } = await put(store, bucket, "a", "kept");
    const remove = (bypassesGovernance = false) => store.deleteObject(address, { versionId, bypassesGovernance });

    await store.putObjectAttributes(address, { legalHold: true });
    await refuses(remove(true), "ObjectLocked", { Key: "a" });
    await store.putObjectAttributes(address, { legalHold: false, retention: { mode: "GOVERNANCE", retainUntil: far } });
    await refuses(remove(), "ObjectLocked");

    const marker = await store.deleteObject(address);
    equal(marker.isDeleteMarker, true);
    equal(await readText(store, bucket, "a", versionId), "kept");
    await remove(true);
    equal(await store.headObject(address, versionId), undefined);
  }),

  rule("lets a retention grow, and shrink only where governance is bypassed", async (store) => {
    const bucket = await createLockedBucket(store);
    const address = { bucket, key: "a" };
    await put(store, bucket, "a", "kept");
    const governance = (retainUntil: Date) => ({ mode: "GOVERNANCE" as const, retainUntil });
    const compliance = (retainUntil: Date) => ({ mode: "COMPLIANCE" as const, retainUntil });
    const sooner = new Date("2090-01-01T00:00:00Z");
    const later = new Date("2110-01-01T00:00:00Z");

    await store.putObjectAttributes(address, { retention: governance(far) });
    await refuses(store.putObjectAttributes(address, { retention: governance(sooner) }), "ObjectLocked");
    await refuses(store.putObjectAttributes(address, { retention: null }), "ObjectLocked");
    await store.putObjectAttributes(address, { retention: governance(sooner), bypassesGovernance: true });
    await refuses(store.putObjectAttributes(address, { retention: compliance(far) }), "ObjectLocked");
    const asked = { bypassesGovernance: true };
    await store.putObjectAttributes(address, { retention: compliance(far), ...asked });
    await refuses(store.putObjectAttributes(address, { retention: governance(far), ...asked }), "ObjectLocked");
    await refuses(store.putObjectAttributes(address, { retention: compliance(sooner), ...asked }), "ObjectLocked");
    await refuses(store.putObjectAttributes(address, { retention: null, ...asked }), "ObjectLocked");
    await store.putObjectAttributes(address, { retention: compliance(later) });

    deepEqual((await attributesOf(store, bucket, "a"))?.retention, compliance(later));
  }),

  rule("removes a version whose retention is over", async (store) => {
    const bucket = await createLockedBucket(store);
    const retention = { mode: "COMPLIANCE" as const, retainUntil: past };
    const { versionId } = await store.putObject({ bucket, key: "a" }, bodyOf("x"), {
      ...plain,
      attributes: { retention },
    });

    await store.deleteObject({ bucket, key: "a" }, { versionId });

    equal(await store.headObject({ bucket, key: "a" }), undefined);
  }),
];
