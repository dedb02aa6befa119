import { join } from "node:path";
import { Readable } from "node:stream";
import { type Image, imageArchive } from "../../../scripts/image/image-archive.ts";
import type { ImageLayer } from "../../../scripts/image/image-layer.ts";
import { nodeFiles } from "../../../scripts/image/node-files.ts";
import { gatewayFiles, staveImage } from "../../../scripts/image/stave-image.ts";
import { cachedLayer } from "./cached-layer.ts";
import { dockerStream } from "./docker-call.ts";
import { foreignImage, foreignProgram } from "./foreign-image.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/**
 * What can be loaded, by what it is for. `stave` is Stave's own image; those with the names of others are stand-ins, which is what
 * {@link loadTestImages} says. Each `…Next` is good to upgrade to, and the ones below it are not.
 */
export const testImages = {
  stave: "stave/stave:1.0.0",
  staveNext: "stave/stave:1.0.1",
  rustfs: "rustfs/rustfs:1.0.0-alpha.98",
  rustfsNext: "rustfs/rustfs:1.0.0-rc.5",
  /** Ends with 1 at once. */
  rustfsExits: "rustfs/rustfs:exits",
  /** Runs, and its health path says 503 for ever. */
  rustfsNeverReady: "rustfs/rustfs:never-ready",
  /** Says that it is healthy, and answers 503 to whatever would change something. */
  rustfsRefusesWrites: "rustfs/rustfs:refuses-writes",
  /** Of another architecture than that of this machine; it cannot start. */
  rustfsForeign: "rustfs/rustfs:foreign",
  minio: "minio/minio:RELEASE.2025-09-07T16-13-09Z",
  minioNext: "minio/minio:RELEASE.2025-10-15T17-29-55Z",
} as const;

export type TestImageName = keyof typeof testImages;

/** Puts images into a dockerd; what they share is sent once. */
export async function loadTestImages(socketPath: string, names: readonly TestImageName[]): Promise<void> {
  const layers = await makeLayers();
  const images = names.map((name) => makeImage(name, layers));
  for (const { reference } of images.filter(({ settings }) => settings.Env?.some((it) => it.startsWith("STAND_IN=")))) {
    console.info(
      `${reference} is a stand-in: Stave's gateway with the variables, ports and health path of the real one`,
    );
  }
  await loadImages(socketPath, images);
}

export async function loadImages(socketPath: string, images: readonly Image[]): Promise<void> {
  const body = Readable.from(imageArchive(images));
  await dockerStream(socketPath, "/images/load?quiet=1", { method: "POST", body });
}

type Layers = Record<"node" | "gateway" | "standIn" | "foreign", ImageLayer>;

async function makeLayers(): Promise<Layers> {
  const script = join(import.meta.dirname, "stand-in.mjs");
  return {
    node: await cachedLayer("node", nodeFiles(process.execPath)),
    gateway: await cachedLayer("gateway", gatewayFiles(root)),
    standIn: await cachedLayer("stand-in", [{ kind: "copy", path: "app/stand-in.mjs", from: script }]),
    foreign: await cachedLayer("foreign", [
      { kind: "file", path: "server", content: foreignProgram(), isExecutable: true },
    ]),
  };
}

function makeImage(name: TestImageName, { node, gateway, standIn, foreign }: Layers): Image {
  const reference = testImages[name];
  if (name === "rustfsForeign") return foreignImage(reference, foreign);
  const { layers, settings } = staveImage(reference, [node, gateway]);
  // Makes it another image than the others that are made of the same.
  const Labels = { ...settings.Labels, "org.opencontainers.image.version": reference.split(":")[1] ?? "" };
  if (name === "stave" || name === "staveNext") return { reference, layers, settings: { ...settings, Labels } };
  return {
    reference,
    layers: [...layers, standIn],
    settings: {
      ...settings,
      Labels,
      Entrypoint: ["/usr/local/bin/node", "/app/stand-in.mjs"],
      Env: [`STAND_IN=${name.startsWith("minio") ? "minio" : "rustfs"}`, `STAND_IN_FAULT=${faults[name] ?? ""}`],
      ExposedPorts: { "9000/tcp": {}, "9001/tcp": {} },
    },
  };
}

const faults: Partial<Record<TestImageName, string>> = {
  rustfsExits: "exits",
  rustfsNeverReady: "never-ready",
  rustfsRefusesWrites: "refuses-writes",
};
