import { signPostPolicy } from "@stave/sigv4-verify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, type S3Answer, type S3Client, streamingModes } from "./support/s3-client.ts";
import { ann, bob, type TestAccount } from "./support/start-gateway.ts";

// Every way in leads through the same decision, and there is no other way.

const secret = "secret of ann";
const boundary = "b";

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/vault" });
  await s3.call({ method: "PUT", path: "/vault/k", body: secret });
  await s3.call({ method: "PUT", path: "/of-bob", account: bob });
  const website = "<WebsiteConfiguration><IndexDocument><Suffix>k</Suffix></IndexDocument></WebsiteConfiguration>";
  expect((await s3.call({ method: "PUT", path: "/vault", query: { website: "" }, body: website })).status).toBe(200);
});
afterAll(() => gateway.close());

async function postForm(
  bucket: string,
  {
    policyBucket = bucket,
    account = ann,
    more = {},
  }: { policyBucket?: string; account?: TestAccount; more?: Record<string, string> } = {},
): Promise<S3Answer> {
  const expiresAt = new Date(Date.now() + 60_000);
  const fields = await signPostPolicy(
    { bucket: policyBucket, fields: { key: "posted" }, expiresAt },
    { ...account, region: "us-east-1" },
  );
  const part = (name: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const parts = Object.entries({ ...fields, ...more, file: "x" }).map(([name, value]) => part(name, value));
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const body = `${parts.join("")}--${boundary}--\r\n`;
  return s3.call({ method: "POST", path: `/${bucket}`, account: null, headers, body });
}

async function state(): Promise<string> {
  const names = ["vault", "of-bob"];
  const contents = names.flatMap((name) => [
    gateway.store.listVersions(name, { maxKeys: 1000 }),
    gateway.store.listUploads(name, { maxUploads: 1000 }),
    gateway.store.readBucket(name),
  ]);
  return JSON.stringify(await Promise.all(contents));
}

/** A refusal with no effect that tells nothing. */
async function expectRefusal(ask: () => Promise<S3Answer>, statuses: readonly number[] = [403]): Promise<void> {
  const before = await state();

  const answer = await ask();

  expect(statuses).toContain(answer.status);
  expect(answer.text).not.toContain(secret);
  expect(await state()).toBe(before);
}

describe("security S36: what a key may not do, it may not do in any other way", () => {
  const copy = { "x-amz-copy-source": "/vault/k" };
  const website = "vault.s3-website.localhost";
  const reads: Record<string, () => Promise<S3Answer>> = {
    "a signed request": () => s3.call({ path: "/vault/k", account: bob }),
    "a presigned URL": async () => s3.send(await s3.presign({ path: "/vault/k", account: bob })),
    "nobody's request": () => s3.call({ path: "/vault/k", account: null }),
    "another path": () => s3.call({ path: "/storage/v1/s3/vault/k", account: bob }),
    "a host": () => s3.call({ path: "/k", host: `vault.localhost:${gateway.port}`, account: bob }),
    "a website": () => s3.call({ path: "/k", host: `${website}:${gateway.port}`, account: null }),
    "the index of a website": () => s3.call({ path: "/", host: `${website}:${gateway.port}`, account: null }),
    "a copy": () => s3.call({ method: "PUT", path: "/of-bob/stolen", account: bob, headers: copy }),
    "its attributes": () =>
      s3.call({
        path: "/vault/k",
        query: { attributes: "" },
        account: bob,
        headers: { "x-amz-object-attributes": "ETag" },
      }),
  };
  const writes: Record<string, () => Promise<S3Answer>> = {
    "a signed request": () => s3.call({ method: "PUT", path: "/vault/k", body: "x", account: bob }),
    "a presigned URL": async () => s3.send(await s3.presign({ method: "PUT", path: "/vault/k", account: bob })),
    "nobody's request": () => s3.call({ method: "PUT", path: "/vault/k", body: "x", account: null }),
    "a browser form": () => postForm("vault", { account: bob }),
    "a copy": () =>
      s3.call({ method: "PUT", path: "/vault/k", account: bob, headers: { "x-amz-copy-source": "/of-bob/none" } }),
    "an upload in parts": () => s3.call({ method: "POST", path: "/vault/k", query: { uploads: "" }, account: bob }),
    "an append": () =>
      s3.call({
        method: "PUT",
        path: "/vault/k",
        body: "x",
        account: bob,
        headers: { "x-amz-write-offset-bytes": "13" },
      }),
    "a new name": () =>
      s3.call({
        method: "PUT",
        path: "/vault/new",
        query: { renameObject: "" },
        account: bob,
        headers: { "x-amz-rename-source": "/vault/k" },
      }),
    "a removal": () => s3.call({ method: "DELETE", path: "/vault/k", account: bob }),
  };

  test.each(Object.entries(reads))("read by %s", (_, ask) => expectRefusal(ask));
  test.each(Object.entries(writes))("write by %s", (_, ask) => expectRefusal(ask));
});

describe("security S39: the bucket of a browser form is the one of its address", () => {
  test("a policy for another bucket of the same owner opens none", async () => {
    await s3.call({ method: "PUT", path: "/second" });

    await expectRefusal(() => postForm("vault", { policyBucket: "second" }));
    await expectRefusal(() => postForm("vault", { policyBucket: "second", more: { bucket: "second" } }));
    expect((await s3.call({ path: "/second" })).all("Key")).toEqual([]);
  });

  test("a field that names another bucket moves nothing", async () => {
    await expectRefusal(() => postForm("vault", { more: { bucket: "of-bob" } }), [400]);
  });

  test.each(["//", "*", "", "?", "/%", "//vault/k", "http://vault", "http://localhost?x=/vault", "/vault/../of-bob/k"])(
    "the target %j is answered, whatever the method",
    async (target) => {
      for (const method of ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"]) {
        const raw = await openRaw(gateway.port);
        raw.write(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        await raw.closed;

        const answer = raw.received().toString("latin1");
        expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
        expect(answer).not.toContain(secret);
      }
      expect((await s3.call({ path: "/vault/k" })).text).toBe(secret);
    },
  );
});

test("security S5: a write is refused before its body is read, in every payload mode", async () => {
  for (const payload of [...streamingModes, "UNSIGNED-PAYLOAD", "a".repeat(64)]) {
    const large = { "content-length": "5000000", "x-amz-decoded-content-length": "4000000" };
    const { "content-length": length, ...decoded } = large;
    const wire = await s3.sign({
      method: "PUT",
      path: "/vault/k",
      account: bob,
      payload,
      headers: payload.startsWith("STREAMING") ? decoded : {},
      unsignedHeaders: { "content-length": length },
    });
    const raw = await openRaw(gateway.port);
    raw.write(requestHead(wire));

    const answer = await raw.answer();
    raw.destroy();

    expect([payload, answer?.status, answer?.code]).toEqual([payload, 403, "AccessDenied"]);
  }
  expect((await s3.call({ path: "/vault/k" })).text).toBe(secret);
});

test("security S7: metadata that look like the server's own are the client's, and nothing more", async () => {
  const headers = { "x-amz-meta-x-stave-owner-id": bob.id, "x-amz-meta-x-minio-internal-sealed-key": "x" };

  await s3.call({ method: "PUT", path: "/of-bob/own", account: bob, body: "x", headers });

  const stored = await gateway.store.headObject({ bucket: "of-bob", key: "own" });
  expect(stored).toMatchObject({ ownerId: bob.id });
  expect({ ...(stored?.isDeleteMarker === false && stored.metadata.user) }).toEqual({
    "x-stave-owner-id": bob.id,
    "x-minio-internal-sealed-key": "x",
  });
  expect((await s3.call({ path: "/of-bob/own", account: bob })).text).toBe("x");
});

describe("security S10: no place inside the server has an address", () => {
  const places = [".stave", ".minio.sys", ".rustfs.sys", ".system", "control.sqlite", "encryption_key", "..", "%2e%2e"];

  test.each(places)("%s", async (place) => {
    const requests: readonly (() => Promise<S3Answer>)[] = [
      () => s3.call({ method: "PUT", path: `/${place}/config/x`, body: "x" }),
      () => s3.call({ method: "PUT", path: "/vault/got", headers: { "x-amz-copy-source": `/${place}/config` } }),
      () => s3.call({ path: `/${place}/config` }),
      () => s3.call({ path: `/${place}`, account: null }),
      () => postForm(place),
      () => s3.call({ method: "DELETE", path: `/${place}/config` }),
    ];

    for (const ask of requests) await expectRefusal(ask, [400, 403, 404]);
  });
});
