import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import {
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ann } from "../../gateway/test/support/start-gateway.ts";
import { listObjects } from "../src/transfer/list-objects.ts";
import { listVersions } from "../src/transfer/list-versions.ts";
import {
  act,
  type BackupRig,
  backUp,
  localDestination,
  makeService,
  put,
  s3Destination,
  startBackupRig,
} from "./support/backup-rig.ts";
import { rootOf } from "./support/service-account.ts";
import { tokenWith } from "./support/token-with.ts";

// Backups are jobs, of which each is waited for.
vi.setConfig({ testTimeout: 60_000 });

let rig: BackupRig;
beforeAll(async () => {
  rig = await startBackupRig();
}, 60_000);
afterAll(() => rig?.stop());

const call = (path: string, method = "GET", json?: unknown) =>
  rig.api.call(path, { method, ...(json !== undefined && { json }) });

async function read(client: S3Client, Bucket: string, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return createHash("sha256")
    .update((await Body?.transformToByteArray()) ?? "")
    .digest("hex");
}

async function contents(client: S3Client, bucket: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { key } of listObjects(client, bucket)) found.set(key, await read(client, bucket, key));
  return found;
}

/** The files that hold content, of all backups in a directory. */
async function bodiesIn(directory: string): Promise<string[]> {
  const all = await readdir(join(rig.backupsDirectory, directory), { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile() && entry.parentPath.includes("/bodies/"))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("a destination", () => {
  test("is tried before it is stored, and never tells its secret", async () => {
    const id = await s3Destination(rig, "tried");
    const shown = await call(`/api/backups/destinations/${id}`);

    expect(shown.body.data).toMatchObject({ kind: "s3", bucket: "tried", prefix: "stave/backups" });
    expect(JSON.stringify((await call("/api/backups/destinations")).body)).not.toContain(ann.secretAccessKey);
    expect((await call(`/api/backups/destinations/${id}/test`, "POST")).body).toEqual({ data: { works: true } });
    const left: string[] = [];
    for await (const { key } of listObjects(rig.client(ann, rig.other.endpoint), "tried")) left.push(key);
    expect(left).toEqual([]);
    expect(rig.api.log()).not.toContain(ann.secretAccessKey);
  });

  test.each<[string, Record<string, unknown>, number]>([
    ["a bucket that is not there", { bucket: "not-there" }, 422],
    ["a wrong key", { secretAccessKey: "wrong" }, 422],
    ["a port that nobody listens on", { endpoint: "http://127.0.0.1:1" }, 422],
    ["a prefix with dots", { prefix: "../x" }, 400],
  ])("is refused with %s", async (_, change, status) => {
    const { accessKeyId, secretAccessKey } = ann;
    const place = { endpoint: rig.other.endpoint, bucket: "tried" };
    const json = { kind: "s3", name: "refused", ...place, accessKeyId, secretAccessKey, ...change };
    const answer = await call("/api/backups/destinations", "POST", json);
    expect([answer.status, JSON.stringify(answer.body).includes(secretAccessKey)]).toEqual([status, false]);
  });

  test("does not send its secret to another address", async () => {
    const id = await s3Destination(rig, "elsewhere");
    const { status, body } = await call(`/api/backups/destinations/${id}`, "PATCH", { endpoint: rig.gateway.endpoint });
    expect([status, body.errors[0].pointer]).toEqual([400, "/secretAccessKey"]);
  });

  test.each([["../up"], ["/etc"], ["a/../../b"], [".hidden"], ["a\u0000b"]])(
    "is no directory %j",
    async (directory) => {
      const json = { kind: "local", name: "out", directory };
      expect((await call("/api/backups/destinations", "POST", json)).status).toBe(400);
    },
  );

  test("is no directory that a link leads out to", async () => {
    const outside = await mkdtemp(join(tmpdir(), "stave-outside-"));
    await symlink(outside, join(rig.backupsDirectory, "link"));
    const json = { kind: "local", name: "link", directory: "link" };
    const { status, body } = await call("/api/backups/destinations", "POST", json);

    expect([status, body.detail]).toEqual([422, "The directory is not below --backups-dir."]);
    expect(await readdir(outside)).toEqual([]);
    await rm(outside, { recursive: true });
    await rm(join(rig.backupsDirectory, "link"));
  });

  test("stays while a backup or a schedule needs it", async () => {
    const destinationId = await localDestination(rig, "needed");
    const { id: serviceId } = await makeService(rig, "needing", ["needing"]);
    const schedule = { name: "needing", serviceId, destinationId, cron: "0 3 * * *" };
    const { id } = (await call("/api/backups/schedules", "POST", schedule)).body.data;
    const remove = () => call(`/api/backups/destinations/${destinationId}`, "DELETE");

    expect((await remove()).status).toBe(409);
    await call(`/api/backups/schedules/${id}`, "DELETE");
    const { id: backup } = await backUp(rig, { serviceId, destinationId });
    expect((await remove()).body.detail).toContain("1 backups");
    await act(rig, `/api/backups/${backup}`, undefined, "DELETE");
    expect((await remove()).status).toBe(204);
  });
});

/** What systems that make paths of keys get wrong. */
const difficult = [
  "a b+c%20.txt",
  "../victim/obj",
  "/leading",
  "double//slash/",
  "ünïcode/日本語 🪣",
  "a",
  "a/b",
  "a/b/",
  "./dot/..",
  "back\\slash",
  "new\nline",
  "quote\"and'&<>",
  "x".repeat(1000),
  `${"d".repeat(300)}/file`,
  "con:trol\u0001",
];

describe("a backup", () => {
  test("of a thousand objects with difficult keys is restored to a new service, with all that belongs to it", async () => {
    const { id: serviceId, client } = await makeService(rig, "many", ["many-one", "many-two"]);
    const destinationId = await s3Destination(rig, "many-backups");
    for (const [at, key] of difficult.entries()) await put(client, "many-one", key, `difficult ${at}`);
    for (let at = 0; at < 1050; at += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => put(client, "many-two", `p/${at + n}`, `${(at + n) % 700}`)),
      );
    }
    const large = randomBytes(20 * 1024 ** 2);
    const Metadata = { colour: "grün".normalize("NFC").replace("ü", "ue"), n: "1" };
    const headers = { ContentType: "image/x-test", CacheControl: "max-age=5", Metadata, Tagging: "a=b%20c&d=" };
    await client.send(new PutObjectCommand({ Bucket: "many-one", Key: "large", Body: large, ...headers }));
    const policy = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::many-one/p/*" }],
    };
    await client
      .send(new PutBucketPolicyCommand({ Bucket: "many-one", Policy: JSON.stringify(policy) }))
      .catch(() => {});
    const rules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://example.com"] }];
    await client.send(new PutBucketCorsCommand({ Bucket: "many-two", CORSConfiguration: { CORSRules: rules } }));

    const backup = await backUp(rig, { serviceId, destinationId });
    expect(backup).toMatchObject({
      state: "completed",
      buckets: 2,
      objects: 1050 + difficult.length + 1,
      problems: [],
    });
    // Content is stored once.
    expect(backup.storedObjects).toBe(700 + difficult.length + 1);

    const again = await backUp(rig, { serviceId, destinationId });
    expect(again).toMatchObject({ state: "completed", objects: backup.objects, storedObjects: 0, storedBytes: 0 });
    expect(await act(rig, `/api/backups/${again.id}/verify`)).toMatchObject({ state: "completed" });

    const wanted = [await contents(client, "many-one"), await contents(client, "many-two")];
    const plan = await call(`/api/backups/${again.id}/restore-plan`, "POST", { mode: "new_service" });
    expect(plan.body.data.blockers).toHaveLength(2);
    const taken = await act(rig, `/api/backups/${again.id}/restore`, { mode: "new_service", name: "taken" });
    expect(taken).toMatchObject({ state: "failed", problem: { code: "CONFLICT" } });
    expect((await call("/api/external-services/by-slug/taken")).status).toBe(404);

    const json = { mode: "new_service", name: "many again", bucketSuffix: "-again" };
    const job = await act(rig, `/api/backups/${again.id}/restore`, json);
    expect(job).toMatchObject({ state: "completed", problem: null });
    const restored = rig.client(await rootOf(rig.api, job.result.serviceId));
    expect([await contents(restored, "many-one-again"), await contents(restored, "many-two-again")]).toEqual(wanted);
    const found = await restored.send(new GetObjectCommand({ Bucket: "many-one-again", Key: "large" }));
    found.Body?.transformToByteArray();
    expect(found).toMatchObject({ ContentType: "image/x-test", CacheControl: "max-age=5", Metadata });
    const { TagSet } = await restored.send(new GetObjectTaggingCommand({ Bucket: "many-one-again", Key: "large" }));
    expect(TagSet).toEqual([
      { Key: "a", Value: "b c" },
      { Key: "d", Value: "" },
    ]);
    const cors = await restored.send(new GetBucketCorsCommand({ Bucket: "many-two-again" }));
    expect(cors.CORSRules).toEqual([expect.objectContaining(rules[0])]);
    const shown = await call(`/api/backups/restores/${job.result.restoreId}`);
    expect(shown.body.data).toMatchObject({ state: "completed", written: again.objects, verified: again.objects });
    const { Policy } = await restored.send(new GetBucketPolicyCommand({ Bucket: "many-one-again" }));
    expect(Policy).toContain("arn:aws:s3:::many-one-again/p/*");
  }, 300_000);

  test("sees new content, new headers and new tags, and stores only content that is new", async () => {
    const { id: serviceId, client } = await makeService(rig, "changing", ["changing"]);
    const destinationId = await localDestination(rig, "changing");
    for (const key of ["same", "content", "headers", "tags", "gone"]) await put(client, "changing", key, `1 ${key}`);
    await backUp(rig, { serviceId, destinationId });

    await put(client, "changing", "content", "2");
    const headers = { Bucket: "changing", Key: "headers", Body: "1 headers", ContentType: "text/css" };
    await client.send(new PutObjectCommand(headers));
    const Tagging = { TagSet: [{ Key: "k", Value: "v" }] };
    await client.send(new PutObjectTaggingCommand({ Bucket: "changing", Key: "tags", Tagging }));
    await client.send(new DeleteObjectCommand({ Bucket: "changing", Key: "gone" }));
    const second = await backUp(rig, { serviceId, destinationId });
    expect(second).toMatchObject({ objects: 4, storedObjects: 1, storedBytes: 1 });

    const json = { mode: "new_service", name: "changed", bucketSuffix: "-2" };
    const { result } = await act(rig, `/api/backups/${second.id}/restore`, json);
    const restored = rig.client(await rootOf(rig.api, result.serviceId));
    const found = await restored.send(new GetObjectCommand({ Bucket: "changing-2", Key: "headers" }));
    found.Body?.transformToByteArray();
    expect(found.ContentType).toBe("text/css");
    const tags = await restored.send(new GetObjectTaggingCommand({ Bucket: "changing-2", Key: "tags" }));
    expect(tags.TagSet).toEqual(Tagging.TagSet);
    expect([...(await contents(restored, "changing-2")).keys()]).toEqual(["content", "headers", "same", "tags"]);
  });

  test("of all versions brings their order and delete markers back", async () => {
    const { id: serviceId, client } = await makeService(rig, "versions", ["versions"]);
    const destinationId = await localDestination(rig, "versions");
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await put(client, "versions", "before");
    await client.send(new PutBucketVersioningCommand({ Bucket: "versions", VersioningConfiguration }));
    for (const body of ["1", "2", "3"]) await put(client, "versions", "k", body);
    await put(client, "versions", "gone", "x");
    await client.send(new DeleteObjectCommand({ Bucket: "versions", Key: "gone" }));
    const backup = await backUp(rig, { serviceId, destinationId, withVersions: true });
    expect(backup).toMatchObject({ state: "completed", objects: 5 });

    const json = { mode: "new_service", name: "versions again", bucketSuffix: "-2" };
    const { result, problem } = await act(rig, `/api/backups/${backup.id}/restore`, json);
    expect(problem).toBeNull();
    const restored = rig.client(await rootOf(rig.api, result.serviceId));
    const versionsOf = async (from: S3Client, bucket: string) => {
      const found: unknown[] = [];
      for await (const { key, isLatest, isDeleteMarker, etag } of listVersions(from, bucket)) {
        found.push({ key, isLatest, isDeleteMarker, etag });
      }
      return found;
    };
    expect(await versionsOf(restored, "versions-2")).toEqual(await versionsOf(client, "versions"));
  });

  test("is failed, and names the object, when one is denied; what it has stored is of use to the next", async () => {
    const { id: serviceId, client } = await makeService(rig, "denied", ["denied"]);
    const destinationId = await localDestination(rig, "denied");
    for (const key of ["one", "secret/key", "two"]) await put(client, "denied", key);
    const Statement = [
      { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::denied/secret/key" },
    ];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await client.send(new PutBucketPolicyCommand({ Bucket: "denied", Policy }));

    const backup = await backUp(rig, { serviceId, destinationId });
    expect(backup).toMatchObject({
      state: "failed",
      problems: [{ bucket: "denied", key: "secret/key", code: "AccessDenied" }],
      job: { state: "failed", problem: { code: "CONFLICT", detail: expect.stringContaining("denied/secret/key") } },
    });
    for (const [path, json] of [
      ["restore", { mode: "in_place", confirm: "denied" }],
      ["verify", undefined],
    ] as const) {
      expect((await call(`/api/backups/${backup.id}/${path}`, "POST", json)).status).toBe(409);
    }
    expect((await call(`/api/backups/${backup.id}/download`)).status).toBe(409);

    await put(client, "denied", "one", "one");
    await client.send(new PutBucketPolicyCommand({ Bucket: "denied", Policy: Policy.replace("secret/key", "other") }));
    expect(await backUp(rig, { serviceId, destinationId })).toMatchObject({ state: "completed", storedObjects: 1 });
  });

  test("is failed, and names the object, when its destination is full", async () => {
    const { id: serviceId, client } = await makeService(rig, "filling", ["filling"]);
    const destinationId = await s3Destination(rig, "small");
    for (let n = 0; n < 10; n += 1) await put(client, "filling", `object-${n}`, randomBytes(200_000));
    const admin = JSON.parse(await readFile(join(rig.other.dataDirectory, "admin.json"), "utf8"));
    const { signRequest } = await import("@stave/sigv4-verify");
    const body = JSON.stringify({ maxSizeBytes: 1_000_000 });
    const url = `${admin.url}/admin/buckets/small/quota`;
    const payloadHash = createHash("sha256").update(body).digest("hex");
    const signed = await signRequest(
      { method: "PUT", url },
      { accessKeyId: "admin", secretAccessKey: admin.token, region: admin.region, service: "stave-admin", payloadHash },
    );
    const { host: _, ...headers } = signed.headers;
    expect((await fetch(url, { method: "PUT", headers, body })).status).toBe(200);

    const backup = await backUp(rig, { serviceId, destinationId });
    expect(backup.state).toBe("failed");
    expect(backup.problems[0].reason).toMatch(/^filling\/object-\d could not be stored: The destination is full\./);
  });

  test("with one flipped byte is found by verify, which names the object, and is not restored; the next one is whole", async () => {
    const { id: serviceId, client, name } = await makeService(rig, "flipped", ["flipped"]);
    const destinationId = await localDestination(rig, "flipped");
    for (const key of ["first", "second", "third"]) await put(client, "flipped", key, `the content of ${key}`);
    const backup = await backUp(rig, { serviceId, destinationId });
    expect(await act(rig, `/api/backups/${backup.id}/verify`)).toMatchObject({ state: "completed" });

    for (const file of await bodiesIn("flipped")) {
      const bytes = await readFile(file);
      if (!bytes.toString().endsWith("second")) continue;
      bytes[3] = (bytes[3] ?? 0) ^ 1;
      await writeFile(file, bytes);
    }
    const job = await act(rig, `/api/backups/${backup.id}/verify`);
    expect(job).toMatchObject({ state: "failed", problem: { detail: expect.stringContaining("flipped/second") } });
    const shown = (await call(`/api/backups/${backup.id}`)).body.data;
    expect(shown.verification).toMatchObject({ isGood: false, problems: [{ bucket: "flipped", key: "second" }] });
    await put(client, "flipped", "second", "changed meanwhile");
    const restore = await act(rig, `/api/backups/${backup.id}/restore`, { mode: "in_place", confirm: name });
    expect(restore).toMatchObject({ state: "failed", problem: { detail: expect.stringContaining("flipped/second") } });
    const download = async () => {
      const headers = { authorization: `Bearer ${rig.api.token}` };
      await (await fetch(`${rig.api.endpoint}/api/backups/${backup.id}/download`, { headers })).arrayBuffer();
    };
    await expect(download()).rejects.toThrow();

    await put(client, "flipped", "second", "the content of second");
    const next = await backUp(rig, { serviceId, destinationId });
    expect(await act(rig, `/api/backups/${next.id}/verify`)).toMatchObject({ state: "completed" });
  });

  test("with one flipped byte in its manifest is not trusted", async () => {
    const { id: serviceId, client, name: confirm } = await makeService(rig, "listed", ["listed"]);
    const destinationId = await localDestination(rig, "listed");
    await put(client, "listed", "k");
    const backup = await backUp(rig, { serviceId, destinationId });
    const folder = join(rig.backupsDirectory, "listed");
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.includes(backup.id));
    for (const name of ["manifest.json", ".jsonl.zst"]) {
      const file = join(folder, files.find((one) => one.endsWith(name)) ?? "");
      const bytes = await readFile(file);
      const flipped = Buffer.from(bytes);
      flipped[20] = (flipped[20] ?? 0) ^ 1;
      await writeFile(file, flipped);
      expect(await act(rig, `/api/backups/${backup.id}/verify`)).toMatchObject({
        state: "failed",
        problem: { detail: expect.stringContaining("damaged: its SHA-256 is another") },
      });
      const restore = await act(rig, `/api/backups/${backup.id}/restore`, { mode: "in_place", confirm });
      expect(restore).toMatchObject({ state: "failed", problem: { code: "CONFLICT" } });
      await writeFile(file, bytes);
    }
  });

  test("that is deleted takes only what no other needs", async () => {
    const { id: serviceId, client } = await makeService(rig, "sharing", ["sharing"]);
    const destinationId = await localDestination(rig, "sharing");
    await put(client, "sharing", "both");
    await put(client, "sharing", "first");
    const first = await backUp(rig, { serviceId, destinationId });
    await client.send(new DeleteObjectCommand({ Bucket: "sharing", Key: "first" }));
    await put(client, "sharing", "second");
    const second = await backUp(rig, { serviceId, destinationId });
    expect(await bodiesIn("sharing")).toHaveLength(3);

    await act(rig, `/api/backups/${first.id}`, undefined, "DELETE");
    expect(await bodiesIn("sharing")).toHaveLength(2);
    expect((await call(`/api/backups/${first.id}`)).status).toBe(404);
    expect(await act(rig, `/api/backups/${second.id}/verify`)).toMatchObject({ state: "completed" });
    await act(rig, `/api/backups/${second.id}`, undefined, "DELETE");
    expect(await bodiesIn("sharing")).toEqual([]);
  });

  test("is one archive with a manifest, whose names stay below the folder that it is unpacked in", async () => {
    const { id: serviceId, client, name } = await makeService(rig, "packed", ["packed"]);
    const destinationId = await localDestination(rig, "packed");
    for (const key of difficult) await put(client, "packed", key, `of ${key}`);
    const backup = await backUp(rig, { serviceId, destinationId });
    const answer = await fetch(`${rig.api.endpoint}/api/backups/${backup.id}/download`, {
      headers: { authorization: `Bearer ${rig.api.token}` },
    });
    expect(answer.headers.get("content-disposition")).toMatch(new RegExp(`attachment; filename="${name}-.*.tar.zst"`));
    const bytes = Buffer.from(await answer.arrayBuffer());
    const files = new Map<string, Buffer>();
    const tar = Readable.from([bytes]).pipe(createZstdDecompress()).pipe(extract());
    for await (const entry of tar) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      files.set(entry.header.name, Buffer.concat(chunks));
    }
    const lines = (files.get("manifest/000000.jsonl")?.toString() ?? "").split("\n").slice(0, -1);
    const objects = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === "object");
    expect(objects.map(({ key }) => key).toSorted()).toEqual(difficult.toSorted());
    for (const { key, path } of objects) expect(files.get(path)?.toString()).toBe(`of ${key}`);
    for (const path of files.keys()) expect(path).not.toMatch(/^\/|(^|\/)\.{0,2}(\/|$)/);

    const folder = await mkdtemp(join(tmpdir(), "stave-unpacked-"));
    const plain = createZstdDecompress();
    const unpacking = new Response(Readable.toWeb(Readable.from([bytes]).pipe(plain)) as ReadableStream).arrayBuffer();
    const { status, stderr } = spawnSync("tar", ["-x", "-C", folder], { input: Buffer.from(await unpacking) });
    expect([status, stderr.toString()]).toEqual([0, ""]);
    expect((await readFile(join(folder, objects.find(({ key }) => key === "a/b").path))).toString()).toBe("of a/b");
    await rm(folder, { recursive: true });

    const token = await tokenWith(rig.gateway, ["backups:read"]);
    expect((await rig.api.call(`/api/backups/${backup.id}/download`, { token })).status).toBe(403);
  });
});

describe("a restore in place", () => {
  test("makes buckets what they were, after a plan and with the name of the service", async () => {
    const { id: serviceId, client, name } = await makeService(rig, "in place", ["placed", "kept"]);
    const destinationId = await localDestination(rig, "placed");
    for (const key of ["same", "changed", "removed", "tagged"]) await put(client, "placed", key, `1 ${key}`);
    const backup = await backUp(rig, { serviceId, destinationId });
    const before = await contents(client, "placed");
    await put(client, "placed", "changed", "2");
    await put(client, "placed", "extra", "22");
    await client.send(new DeleteObjectCommand({ Bucket: "placed", Key: "removed" }));
    const Tagging = { TagSet: [{ Key: "k", Value: "v" }] };
    await client.send(new PutObjectTaggingCommand({ Bucket: "placed", Key: "tagged", Tagging }));
    const rules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }];
    await client.send(new PutBucketCorsCommand({ Bucket: "placed", CORSConfiguration: { CORSRules: rules } }));

    const { data: plan } = (await call(`/api/backups/${backup.id}/restore-plan`, "POST", { mode: "in_place" })).body;
    expect(plan).toMatchObject({
      written: { objects: 1, sizeBytes: 9 },
      replaced: { objects: 1, sizeBytes: 9 },
      unchanged: { objects: 2 },
      deleted: { objects: 1, sizeBytes: 2 },
      blockers: [],
    });
    expect((await contents(client, "placed")).has("extra")).toBe(true);
    const restore = (confirm: string) =>
      call(`/api/backups/${backup.id}/restore`, "POST", { mode: "in_place", confirm });
    expect((await restore("another name")).body.errors[0].pointer).toBe("/confirm");

    const job = await act(rig, `/api/backups/${backup.id}/restore`, { mode: "in_place", confirm: name });
    expect(job).toMatchObject({ state: "completed", problem: null });
    expect(await contents(client, "placed")).toEqual(before);
    const tags = await client.send(new GetObjectTaggingCommand({ Bucket: "placed", Key: "tagged" }));
    expect(tags.TagSet).toEqual([]);
    await expect(client.send(new GetBucketCorsCommand({ Bucket: "placed" }))).rejects.toThrow();
    expect((await call(`/api/backups/restores?backup=${backup.id}`)).body.data[0]).toMatchObject({
      mode: "in_place",
      state: "completed",
      written: 3,
      deleted: 1,
      verified: 4,
    });
  });
});

describe("a service that is deleted", () => {
  test("leaves its backups, which a new service is made of", async () => {
    const { id: serviceId, client, name } = await makeService(rig, "leaving", ["leaving"]);
    const destinationId = await localDestination(rig, "leaving");
    await put(client, "leaving", "k");
    const backup = await backUp(rig, { serviceId, destinationId });
    const going = await call(`/api/external-services/${serviceId}?force=true&dry_run=true`, "DELETE");
    expect(going.body.backups).toMatchObject([{ id: backup.id, state: "completed" }]);
    expect((await call(`/api/external-services/${serviceId}?force=true`, "DELETE")).status).toBe(204);

    const inPlace = { mode: "in_place", confirm: name };
    expect((await call(`/api/backups/${backup.id}/restore`, "POST", inPlace)).status).toBe(404);
    const { result } = await act(rig, `/api/backups/${backup.id}/restore`, { mode: "new_service", name });
    const restored = rig.client(await rootOf(rig.api, result.serviceId));
    expect([...(await contents(restored, "leaving")).keys()]).toEqual(["k"]);
  });

  test("takes its backups along when that is asked for", async () => {
    const { id: serviceId, client } = await makeService(rig, "taking", ["taking"]);
    const destinationId = await localDestination(rig, "taking");
    await put(client, "taking", "k");
    const backup = await backUp(rig, { serviceId, destinationId });
    await call(`/api/external-services/${serviceId}?force=true&backups=delete`, "DELETE");

    await expect.poll(async () => (await call(`/api/backups/${backup.id}`)).status, { timeout: 10_000 }).toBe(404);
    expect(await bodiesIn("taking")).toEqual([]);
  });
});
