import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import { dockerCall, dockerStream } from "../../../../test/support/docker/docker-call.ts";
import { loadTestImages, testImages } from "../../../../test/support/docker/test-images.ts";
import { customEngine, type ServiceSpec } from "../../src/index.ts";

/** A small server of these tests, in several versions. */
export const images = {
  good: "tests/server:1",
  next: "tests/server:2",
  exits: "tests/server:exits",
  neverReady: "tests/server:never-ready",
} as const;

/** Builds the images out of Stave's own, which brings Node.js. */
export async function buildImages(socketPath: string): Promise<void> {
  await loadTestImages(socketPath, ["stave"]);
  for (const [reference, version, fault] of [
    [images.good, "1", ""],
    [images.next, "2", ""],
    [images.exits, "3", "exits"],
    [images.neverReady, "4", "never-ready"],
  ] as const) {
    await build(socketPath, reference, [`ENV VERSION=${version} FAULT=${fault}`]);
  }
}

async function build(socketPath: string, reference: string, lines: readonly string[]): Promise<void> {
  const dockerfile = [
    `FROM ${testImages.stave}`,
    "COPY server.mjs /app/server.mjs",
    'ENTRYPOINT ["/usr/local/bin/node", "/app/server.mjs"]',
    ...lines,
  ].join("\n");
  // The Dockerfile goes with the context, of which it is the only file that is not on the disk.
  const script = 'mkdir "$0" && printf %s "$1" > "$0/Dockerfile" && cp "$2" "$0" && tar -C "$0" -c . && rm -r "$0"';
  const context = join(process.env.TMPDIR ?? "/tmp", `stave-build-${process.pid}`);
  const tar = execFileSync("sh", ["-c", script, context, dockerfile, join(import.meta.dirname, "server.mjs")]);
  await dockerStream(socketPath, `/build?t=${encodeURIComponent(reference)}&version=1`, {
    method: "POST",
    body: Readable.from([tar]),
  });
  await dockerCall(socketPath, `/images/${reference}/json`);
}

export const engine = customEngine({
  image: images.good,
  ports: { api: 9000 },
  variables: { accessKeyId: "ACCESS_KEY", secretAccessKey: "SECRET_KEY" },
  health: { path: "/health" },
  dataPath: "/data",
  tmpfs: { "/tmp": "mode=1777,size=16m" },
  hasReadOnlyRoot: true,
});

export function specOf(name: string, change: Partial<ServiceSpec> = {}): ServiceSpec {
  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "a-long-secret" };
  return { id: `id-${name}`, name, engine, credentials, ...change };
}
