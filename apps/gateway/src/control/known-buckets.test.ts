import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlDatabase, openControlDatabase } from "@stave/control-database";
import { createMemoryStore } from "@stave/object-store";
import { beforeEach, expect, test } from "vitest";
import { withKnownBuckets } from "./known-buckets.ts";

const ownerId = "a".repeat(64);
const createdAt = new Date("2030-01-01T00:00:00.000Z");
let database: ControlDatabase;
let project = "";

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "stave-known-"));
  database = await openControlDatabase({ at: { file: join(folder, "control.sqlite") } });
  const { accounts, projects } = database.as("test");
  await accounts.insert({ id: ownerId, displayName: "ann", createdAt });
  ({ id: project } = await projects.create({ name: "shop", accountId: ownerId, createdAt }));
  await projects.addBucket(project, "photos");
  return async () => {
    await database.close();
    await rm(folder, { recursive: true });
  };
});

function open() {
  const plain = createMemoryStore();
  const removals = database.as("gateway").bucketRemovals;
  return { plain, removals, store: withKnownBuckets(plain, removals) };
}
const buckets = () => database.as("test").projects.bucketsOf(project);
const bucket = { name: "photos", ownerId };

test("a bucket may be in a project before it is there, and leaves it when it is deleted", async () => {
  const { store } = open();
  await store.createBucket(bucket);
  expect(await buckets()).toEqual(["photos"]);
  await store.deleteBucket("photos");
  expect(await buckets()).toEqual([]);
  await store.createBucket(bucket);
  expect(await buckets()).toEqual([]);
  expect((await database.audit.list({ action: "project:remove-bucket" }))[0]).toMatchObject({
    actor: "gateway",
    details: { bucket: "photos", isDeleted: true },
  });
});

test("a bucket that cannot be deleted stays where it is, also when it is made again", async () => {
  const { store } = open();
  await store.createBucket(bucket);
  await store.putObject({ bucket: "photos", key: "k" }, Buffer.from("x"), {
    ownerId,
    metadata: { headers: {}, user: {} },
  });
  await expect(store.deleteBucket("photos")).rejects.toMatchObject({ code: "BucketNotEmpty" });
  await expect(store.createBucket(bucket)).rejects.toMatchObject({ code: "BucketAlreadyOwnedByYou" });
  expect(await buckets()).toEqual(["photos"]);
});

test("a deletion that a crash has cut in two is completed before there is another bucket of the name", async () => {
  const { store, plain, removals } = open();
  await store.createBucket(bucket);
  await removals.begin("photos");
  await expect(store.createBucket(bucket)).rejects.toMatchObject({ code: "BucketAlreadyOwnedByYou" });
  expect(await buckets()).toEqual(["photos"]); // it has not come to the deletion

  await plain.deleteBucket("photos");
  await store.createBucket(bucket);

  expect(await buckets()).toEqual([]);
});
