import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectTaggingCommand,
  RenameObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

const Bucket = "plain";

test("tags, locks, names and appended bytes outlive kill -9, as the AWS SDK sees them", async () => {
  const directory = join(await mkdtemp(join(tmpdir(), "stave-attributes-")), "data");
  const victim = await startGateway({ dataDirectory: directory });
  const before = client(victim);
  await before.send(new CreateBucketCommand({ Bucket }));
  await before.send(new CreateBucketCommand({ Bucket: "locked", ObjectLockEnabledForBucket: true }));
  const Rule = { DefaultRetention: { Mode: "COMPLIANCE", Days: 1 } } as const;
  await before.send(
    new PutObjectLockConfigurationCommand({
      Bucket: "locked",
      ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule },
    }),
  );
  const kept = { Bucket: "locked", Key: "kept" };
  const { VersionId } = await before.send(new PutObjectCommand({ ...kept, Body: "kept", Tagging: "a=1&b=2" }));
  await before.send(new PutObjectLegalHoldCommand({ ...kept, LegalHold: { Status: "ON" } }));
  await before.send(new PutObjectCommand({ Bucket, Key: "log", Body: "one " }));
  const TagSet = [{ Key: "kind", Value: "log" }];
  await before.send(new PutObjectTaggingCommand({ Bucket, Key: "log", Tagging: { TagSet } }));
  await before.send(new PutObjectCommand({ Bucket, Key: "log", Body: "two ", WriteOffsetBytes: 4 }));
  await before.send(new RenameObjectCommand({ Bucket, Key: "renamed", RenameSource: "log" }));
  await before.send(
    new PutObjectCommand({ Bucket, Key: "renamed", Body: Buffer.alloc(300_000, "x"), WriteOffsetBytes: 8 }),
  );
  await victim.kill();

  const survivor = await startGateway({ dataDirectory: directory });
  try {
    const after = client(survivor);
    const log = await after.send(new GetObjectCommand({ Bucket, Key: "renamed" }));
    expect(await log.Body?.transformToString()).toBe(`one two ${"x".repeat(300_000)}`);
    expect((await after.send(new GetObjectTaggingCommand({ Bucket, Key: "renamed" }))).TagSet).toEqual(TagSet);
    await expect(after.send(new GetObjectCommand({ Bucket, Key: "log" }))).rejects.toMatchObject({ name: "NoSuchKey" });

    const configuration = await after.send(new GetObjectLockConfigurationCommand({ Bucket: "locked" }));
    expect(configuration.ObjectLockConfiguration?.Rule).toEqual(Rule);
    expect((await after.send(new GetObjectCommand(kept))).TagCount).toBe(2);
    expect((await after.send(new GetObjectLegalHoldCommand(kept))).LegalHold?.Status).toBe("ON");
    const { Retention } = await after.send(new GetObjectRetentionCommand(kept));
    expect([Retention?.Mode, (Retention?.RetainUntilDate ?? new Date(0)) > new Date()]).toEqual(["COMPLIANCE", true]);
    const remove = after.send(new DeleteObjectCommand({ ...kept, VersionId, BypassGovernanceRetention: true }));
    await expect(remove).rejects.toMatchObject({ name: "AccessDenied" });
  } finally {
    await survivor.stop();
    await rm(join(directory, ".."), { recursive: true, force: true });
  }
}, 30_000);

function client(gateway: TestGateway): S3Client {
  return new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: ann.accessKeyId, secretAccessKey: ann.secretAccessKey },
  });
}
