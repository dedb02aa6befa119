import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type { Image } from "../../../scripts/image/image-archive.ts";
import type { ImageLayer } from "../../../scripts/image/image-layer.ts";
import { rememberLayer } from "./cached-layer.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "build-rgw.sh");
const patienceMs = 300_000;

export const rgwReference = "local/rgw:1";

/**
 * An S3 server that is not ours: Ceph's RADOS Gateway, as a custom image. Its key is in `S3_ACCESS_KEY` and `S3_SECRET_KEY` when its volume is
 * new, and `/swift/healthcheck` answers 200 without one. Undefined where it cannot be built, which is said loudly; in CI (`CI=true`)
 * this throws instead. Building takes half a minute and the network; the result is kept for later runs.
 */
export async function buildRgwImage(): Promise<Image | undefined> {
  try {
    const layer = await rememberLayer("rgw", readFileSync(script, "utf8"), buildLayer);
    return {
      reference: rgwReference,
      layers: [layer],
      settings: {
        Entrypoint: ["/entry.sh"],
        Env: ["PATH=/usr/bin"],
        User: "10001:10001",
        ExposedPorts: { "9000/tcp": {} },
        Volumes: { "/data": {} },
      },
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    const message = `The tests with Ceph's RADOS Gateway cannot run: ${reason.slice(-500)}. Its packages need Debian, root and the network.`;
    if (process.env.CI === "true") throw new Error(message, { cause });
    console.warn(`SKIPPED: ${message}`);
    return undefined;
  }
}

async function buildLayer(file: string): Promise<ImageLayer> {
  await run("bash", [script, file], { timeout: patienceMs, maxBuffer: 16 * 1024 * 1024 });
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return { file, sizeBytes: statSync(file).size, digest: `sha256:${hash.digest("hex")}` };
}
