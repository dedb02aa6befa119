import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { runClient } from "../support/run-client.ts";
import { createS3Client } from "../support/s3-client.ts";
import { sampleBytes } from "../support/sample-files.ts";
import { type RunningClient, startClient } from "../support/start-client.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const registryClient = findClient({ command: "docker-registry", probe: ["--version"], install: "docker-registry" });

const layer = sampleBytes({ seed: "layer", sizeBytes: 25_000_000 });
const configuration = Buffer.from('{"architecture":"amd64","os":"linux"}');
const manifestType = "application/vnd.oci.image.manifest.v1+json";

// The API of registries: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
describe.skipIf(registryClient.isMissing)("a Docker registry that stores in a bucket", { timeout: 60_000 }, () => {
  let gateway: TestGateway;
  let home: string;
  let registry: RunningClient;
  let address: string;
  const request = (method: string, url: string, body?: Buffer, type = "application/octet-stream"): Promise<Response> =>
    fetch(new URL(url, address), {
      method,
      headers: { "content-type": type },
      redirect: "manual",
      ...(body !== undefined && { body: new Uint8Array(body) }),
    });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-registry-"));
    gateway = await startGateway();
    await createS3Client(gateway).call({ method: "PUT", path: "/images" });
    const settings = documentedSettings({ client: "docker-registry", language: "yaml" }, gateway);
    await writeFile(join(home, "config.yml"), settings);
    registry = startClient(registryClient.command, ["serve", "config.yml"], { home });
    const [, host] = await registry.printed(/listening on ([\d.]+:\d+)/);
    address = `http://${host}`;
  }, 60_000);
  afterAll(async () => {
    await registry?.stop();
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  async function pushBlob(repository: string, pieces: readonly Buffer[]): Promise<string> {
    const digest = digestOf(Buffer.concat(pieces));
    const started = await request("POST", `/v2/${repository}/blobs/uploads/`);
    let location = started.headers.get("location") ?? "";
    for (const piece of pieces) {
      const patched = await request("PATCH", location, piece);
      expect(patched.status, await patched.text()).toBe(202);
      location = patched.headers.get("location") ?? "";
    }
    const completed = await request("PUT", `${location}&digest=${digest}`);
    expect(completed.status, await completed.text()).toBe(201);
    return digest;
  }

  test("pushes a blob in pieces, and pulls it from the bucket by a presigned address", async () => {
    const step = 7_000_000; // less than two of the driver's parts, so that it has to go on from one that is too small
    const pieces = [0, 1, 2, 3].map((n) => layer.subarray(n * step, (n + 1) * step));

    const digest = await pushBlob("app", pieces);
    const redirect = await request("GET", `/v2/app/blobs/${digest}`);
    const pulled = await fetch(redirect.headers.get("location") ?? "");

    expect(redirect.status).toBe(307);
    expect(redirect.headers.get("location")).toContain(`${gateway.endpoint}/images/`);
    expect(layer.equals(Buffer.from(await pulled.arrayBuffer()))).toBe(true);
  });

  test("pushes an image and pulls it by its tag", async () => {
    const piece = layer.subarray(0, 1000);
    const config = await pushBlob("app", [configuration]);
    const digest = await pushBlob("app", [piece]);
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: "application/vnd.oci.image.config.v1+json", size: configuration.length, digest: config },
        layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", size: piece.length, digest }],
      }),
    );

    const pushed = await request("PUT", "/v2/app/manifests/v1", manifest, manifestType);
    const pulled = await fetch(`${address}/v2/app/manifests/v1`, { headers: { accept: manifestType } });
    const tags = await request("GET", "/v2/app/tags/list");
    const catalog = await request("GET", "/v2/_catalog");
    const blob = await fetch(`${address}/v2/app/blobs/${digest}`);

    expect(pushed.status, await pushed.text()).toBe(201);
    expect(Buffer.from(await pulled.arrayBuffer())).toEqual(manifest);
    expect(await tags.json()).toEqual({ name: "app", tags: ["v1"] });
    expect(await catalog.json()).toEqual({ repositories: ["app"] });
    expect(Buffer.from(await blob.arrayBuffer())).toEqual(piece);
  });

  test("mounts a blob into another repository, and keeps there what the first one loses", async () => {
    const content = sampleBytes({ seed: "shared", sizeBytes: 200_000 });
    const digest = await pushBlob("app", [content]);

    const mounted = await request("POST", `/v2/other/blobs/uploads/?mount=${digest}&from=app`);
    const deleted = await request("DELETE", `/v2/app/blobs/${digest}`);
    const there = await fetch(`${address}/v2/other/blobs/${digest}`);
    const here = await request("GET", `/v2/app/blobs/${digest}`);

    expect([mounted.status, deleted.status, here.status]).toEqual([201, 202, 404]);
    expect(Buffer.from(await there.arrayBuffer())).toEqual(content);
  });

  test("collects the blobs that no image has", async () => {
    const digest = await pushBlob("app", [sampleBytes({ seed: "garbage", sizeBytes: 1000 })]);

    const { stdout } = await runClient(registryClient.command, ["garbage-collect", "config.yml"], { home });
    const kept = await fetch(`${address}/v2/app/blobs/${digestOf(configuration)}`);
    const { all } = await createS3Client(gateway).call({
      path: "/images",
      query: { prefix: "docker/registry/v2/blobs" },
    });

    expect(stdout).toContain(`blob eligible for deletion: ${digest}`);
    expect(Buffer.from(await kept.arrayBuffer())).toEqual(configuration);
    expect(all("Key").join("\n")).not.toContain(digest.replace("sha256:", ""));
  });
});

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
