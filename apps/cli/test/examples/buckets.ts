import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fixture, World } from "./fixture.ts";
import { ask, bucketPath, keepVersions, makeBucket, removeBucket } from "./storage.ts";

/** The files that are named after a setting, each with one of that kind. */
const settings = {
  policy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/open/*" }],
  },
  cors: { rules: [{ allowedOrigins: ["https://app.example.com"], allowedMethods: ["GET"] }] },
  lifecycle: { rules: [{ id: "tmp", status: "Enabled", filter: { prefix: "tmp/" }, expiration: { days: 7 } }] },
  encryption: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
  notifications: {
    queueConfigurations: [{ queueArn: "arn:stave:webhook:::thumbnails", events: ["s3:ObjectRemoved:*"] }],
  },
  replication: {
    role: "unused",
    rules: [
      {
        status: "Enabled",
        priority: 1,
        filter: { prefix: "originals/" },
        deleteMarkerReplication: { status: "Disabled" },
        destination: { bucket: "arn:aws:s3:::office/photos-copy" },
      },
    ],
  },
  logging: { targetBucket: "logs", targetPrefix: "photos/" },
  ownership: { objectOwnership: "BucketOwnerEnforced" },
};

async function writeSettings({ folder }: World) {
  for (const [name, value] of Object.entries(settings)) {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(value));
  }
  return undefined;
}

async function withoutSetting(world: World, name: string) {
  await ask(world, `${bucketPath("photos")}/${name}`, { method: "DELETE" });
  return undefined;
}

async function withCopy(world: World) {
  await makeBucket(world, "photos-copy");
  for (const bucket of ["photos", "photos-copy"]) await keepVersions(world, bucket);
  return undefined;
}

async function withReplication(world: World) {
  await withCopy(world);
  await ask(world, `${bucketPath("photos")}/replication`, { method: "PUT", json: settings.replication });
  return undefined;
}

async function withoutArchive(world: World) {
  await removeBucket(world, "archive");
  return undefined;
}

async function withLockedArchive(world: World) {
  await removeBucket(world, "archive");
  await makeBucket(world, "archive", { objectLock: true });
  return undefined;
}

async function withLogs(world: World) {
  await makeBucket(world, "logs");
  return undefined;
}

export const bucketFixtures: readonly Fixture[] = [
  { of: /^buckets create archive/, prepare: withoutArchive },
  { of: /^buckets \S+ set .*\.json$/, prepare: writeSettings },
  // It would refuse what makes a bucket public.
  { of: /^buckets (policy|visibility) set/, prepare: (world) => withoutSetting(world, "public-access-block") },
  { of: /^buckets logging set/, prepare: withLogs },
  { of: /^buckets replication set/, prepare: withCopy },
  { of: /^buckets replication (get|remove)/, prepare: withReplication },
  // It is refused as long as something is copied.
  { of: /^buckets versioning suspend/, prepare: (world) => withoutSetting(world, "replication") },
  { of: /^buckets lock set archive/, prepare: withLockedArchive },
];
