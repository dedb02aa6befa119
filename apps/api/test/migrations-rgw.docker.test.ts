import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { buildRgwImage, rgwReference } from "../../../test/support/docker/rgw-image.ts";
import { type RunningContainer, runContainer } from "../../../test/support/docker/run-container.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadImages } from "../../../test/support/docker/test-images.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { engineAbilities } from "../src/transfer/engine-abilities.ts";
import { addStave, clientFor, contentOf, ended, fill, migrate } from "./support/migrating.ts";
import { createService } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// Between Ceph's RADOS Gateway, which is not ours, and the built-in engine.

const { isMissing } = requireDocker();
const pair = { accessKeyId: "AKIAROOT000000000001", secretAccessKey: "root-secret-0000000000000000000000000001" };

describe.skipIf(isMissing)("Ceph's RADOS Gateway", () => {
  let dockerd: TestDockerd | undefined;
  let container: RunningContainer | undefined;
  let gateway: TestGateway;
  let api: TestApi;
  let ceph = { id: 0, client: undefined as S3Client | undefined };
  beforeAll(async () => {
    const image = await buildRgwImage();
    if (image === undefined) return;
    gateway = await startGateway({ workers: 1 });
    api = await startApi(gateway, { args: ["--allow-private-addresses"] });
    dockerd = await startDockerd();
    await loadImages(dockerd.socketPath, [image]);
    const env = { S3_ACCESS_KEY: pair.accessKeyId, S3_SECRET_KEY: pair.secretAccessKey };
    const settings = { image: rgwReference, env, healthPath: "/swift/healthcheck" };
    container = await runContainer(dockerd.socketPath, settings);
    const { endpoint } = container;
    const keys = { access_key: pair.accessKeyId, secret_key: pair.secretAccessKey };
    const { status, body } = await createService(api, "ceph", { engine: "external", endpoint, ...keys });
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
    ceph = { id: body.id, client: clientFor(endpoint, pair) };
  }, 400_000);
  afterAll(async () => {
    await container?.remove();
    await dockerd?.stop();
    await api?.stop();
    await gateway?.stop();
  }, 60_000);

  async function put(client: S3Client, Bucket: string, objects: number): Promise<void> {
    const said = { ContentType: "text/x-a", CacheControl: "max-age=5", Metadata: { colour: "blue" } };
    for (let at = 0; at < objects; at += 20) {
      const keys = Array.from({ length: Math.min(20, objects - at) }, (_, offset) => `of ${at % 7}/k+${at + offset}`);
      await Promise.all(
        keys.map((Key) =>
          client.send(new PutObjectCommand({ Bucket, Key, Body: `${Key} ü`, Tagging: "n=a", ...said })),
        ),
      );
    }
  }

  test("a thousand objects are carried from it as they were", async ({ skip }) => {
    const { id, client } = ceph;
    if (client === undefined) return skip();
    await client.send(new CreateBucketCommand({ Bucket: "thousand" }));
    await put(client, "thousand", 990);
    await client.send(new CreateBucketCommand({ Bucket: "versions" }));
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: "versions", VersioningConfiguration }));
    for (let round = 0; round < 2; round += 1) await put(client, "versions", 5);
    const large = Buffer.alloc(20 * 1024 ** 2, "0123456789abcde");
    await client.send(new PutObjectCommand({ Bucket: "thousand", Key: "large", Body: large }));
    await client.send(new PutObjectCommand({ Bucket: "versions", Key: "large", Body: large }));
    const before = [await contentOf(client, "thousand"), await contentOf(client, "versions")];

    const there = await addStave(api, gateway, "there");
    const done = await ended(api, await migrate(api, id, there.id));

    expect([done.state, done.problem]).toEqual(["completed", null]);
    expect(done.report).toMatchObject({ failed: 0, failed_objects: [], objects: 1002, verified: 1002 });
    expect(await contentOf(there.client, "thousand")).toEqual(before[0]);
    expect(await contentOf(there.client, "versions")).toEqual(before[1]);
  }, 400_000);

  // Of what was uploaded in parts the store in files of 18.2 gives back other bytes, and of a version nothing.
  test("objects and versions are carried to it as they were, also large ones", async ({ skip }) => {
    const { id, client } = ceph;
    if (client === undefined) return skip();
    expect(await engineAbilities(client)).toMatchObject({ versions: true, tags: true, multipart: false });
    const from = await addStave(api, gateway, "from");
    const names = { plain: "plain", versioned: "versioned" };
    await fill(from.client, names);
    const Body = Buffer.alloc(20 * 1024 ** 2, "0123456789abcde");
    for (const Bucket of Object.values(names)) {
      await from.client.send(new PutObjectCommand({ Bucket, Key: "large", Body }));
    }
    const before = await Promise.all(Object.values(names).map((bucket) => contentOf(from.client, bucket)));

    const done = await ended(api, await migrate(api, from.id, id, { verify: "read" }));

    expect([done.state, done.problem]).toEqual(["completed", null]);
    expect(await Promise.all(Object.values(names).map((bucket) => contentOf(client, bucket)))).toEqual(before);
  }, 200_000);
});
