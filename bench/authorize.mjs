// CPU that it takes to find out who asks, and whether he may: authentication and authorization of one request.
// npm run bench -- authorize [--rounds 5] [--requests 20000]

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const condition = "--conditions=@stave/source";
if (!process.execArgv.includes(condition)) {
  const args = [condition, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, requests: { type: "string", default: "20000" } },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);

const source = (path) => import(new URL(`../${path}`, import.meta.url).href);
const { createAuthenticate } = await source("apps/gateway/src/auth/authenticate.ts");
const { authorizeBucket, checkObject } = await source("apps/gateway/src/auth/authorize.ts");
const { createFixedIdentities } = await source("apps/gateway/src/auth/identities.ts");
const { createStoredIdentities } = await source("apps/gateway/src/auth/stored-identities.ts");
const { createConfigurationCache } = await source("apps/gateway/src/configuration/bucket-configurations.ts");
const { openControl } = await source("apps/gateway/src/control/open-control.ts");
const { createMemoryStore } = await source("packages/object-store/src/index.ts");
const { signRequest } = await source("packages/sigv4-verify/src/index.ts");

const region = "us-east-1";
const scratch = mkdtempSync(join(tmpdir(), "stave-authorize-"));
const control = await openControl({ dataDirectory: scratch, encryptionKeyFile: undefined });
try {
  const ownerId = "a".repeat(64);
  await control.database.as("bench").accounts.insert({ id: ownerId, displayName: "ann", createdAt: new Date() });
  const store = createMemoryStore();
  const metadata = { headers: {}, user: {} };
  for (const name of ["plain", "with-policy"]) {
    await store.createBucket({ name, ownerId });
    await store.putObject({ bucket: name, key: "photos/1.jpg" }, Buffer.from("x"), { ownerId, metadata });
  }
  const statements = Array.from({ length: 5 }, (_, n) => ({
    Sid: `s${n}`,
    Effect: n === 0 ? "Deny" : "Allow",
    Principal: "*",
    Action: n === 0 ? "s3:DeleteObject" : "s3:GetObject",
    Resource: `arn:aws:s3:::with-policy/${n}/*`,
    Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
  }));
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  await store.putBucketConfiguration("with-policy", "policy", policy);

  const full = await control.accessKeys.issue({ ownerId });
  const scoped = await control.accessKeys.issue({
    ownerId,
    scope: { access: "read-only", on: { bucket: "plain", prefix: "photos/" }, sourceNetworks: ["127.0.0.0/8"] },
  });
  const now = () => new Date();
  const identities = await createStoredIdentities(control, { now, onError: console.error });
  const context = { store, configurations: createConfigurationCache(store) };
  const authenticate = createAuthenticate({ identities, region, now });

  const fixed = createFixedIdentities([{ id: ownerId, displayName: "ann", email: "", ...full }]);
  const fromMemory = createAuthenticate({ identities: fixed, region, now });
  const cases = [
    ["the owner's key, a bucket without a policy", full, "plain"],
    ["a key with a scope, a bucket without a policy", scoped, "plain"],
    ["the owner's key, a bucket with a policy of 5 statements", full, "with-policy"],
  ];
  console.log(`${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node.js ${process.version}`);
  console.log(
    `GetObject, microseconds of CPU a request: the least and the median of ${rounds} rounds of ${requests}\n`,
  );
  await measure("asking whether anything has changed", async () => void control.revision());
  const { sent } = await prepare(full, "plain");
  await measure("authentication with keys in memory, which never change", () => fromMemory(sent));
  for (const [name, key, bucket] of cases) {
    const request = await prepare(key, bucket);
    const { authentication, object } = await decide(request);
    await measure(`authentication: ${name}`, () => authenticate(request.sent));
    await measure(`authorization: ${name}`, () => authorize(request, authentication, object));
    await measure(`both: ${name}`, async () => authorize(request, await authenticate(request.sent), object));
  }
  await identities.close();

  async function prepare(key, bucket) {
    const host = "127.0.0.1:7480";
    const target = `/${bucket}/photos/1.jpg`;
    const { accessKeyId, secretAccessKey } = key;
    const { headers } = await signRequest(
      { method: "GET", url: `http://${host}${target}` },
      { region, accessKeyId, secretAccessKey, payloadHash: "UNSIGNED-PAYLOAD" },
    );
    const rawHeaders = Object.entries(headers).flat();
    return { bucket, headers, sent: { method: "GET", target, rawHeaders } };
  }

  async function decide(request) {
    const authentication = await authenticate(request.sent);
    const object = await store.headObject({ bucket: request.bucket, key: "photos/1.jpg" });
    await authorize(request, authentication, object);
    return { authentication, object };
  }

  async function authorize({ bucket, headers }, { identity, authType }, object) {
    const { authorization } = await authorizeBucket(context, {
      operation: "GetObject",
      identity,
      authType,
      bucket,
      key: "photos/1.jpg",
      versionId: undefined,
      query: new Map(),
      headers,
      receivedAt: now(),
      peer: { address: "127.0.0.1", isEncrypted: false },
      region,
      expectedOwner: undefined,
    });
    checkObject(authorization, object);
  }
} finally {
  await control.close();
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(name, work) {
  for (let n = 0; n < requests; n += 1) await work(); // compiled
  const measured = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    for (let n = 0; n < requests; n += 1) await work();
    const { user, system } = process.cpuUsage(before);
    measured.push((user + system) / requests);
  }
  const sorted = measured.toSorted((a, b) => a - b);
  const show = (value = 0) => value.toFixed(1).padStart(6);
  console.log(`${show(sorted[0])} ${show(sorted[Math.floor(rounds / 2)])}  ${name}`);
}
