// What `docker load` takes: https://github.com/moby/docker-image-spec/blob/main/spec.md
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ImageLayer } from "./image-layer.ts";
import { tarEnd, tarHead, tarPadding } from "./write-tar.ts";

/** The settings of an image that its containers start with, in Docker's words. */
export type ImageSettings = {
  readonly Entrypoint: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly Labels?: Readonly<Record<string, string>>;
};

export type Image = {
  /** `name:tag`. */
  readonly reference: string;
  /** From the lowest up. */
  readonly layers: readonly ImageLayer[];
  readonly settings: ImageSettings;
  /** Docker's word for the processor. @default that of this machine */
  readonly architecture?: string;
};

/** Some images as one archive, in which what they share stands once. */
export async function* imageArchive(images: readonly Image[]): AsyncGenerator<Buffer> {
  const layers = new Map(images.flatMap((image) => image.layers).map((layer) => [layer.digest, layer]));
  for (const layer of layers.values()) {
    yield* tarHead({ kind: "copy", path: nameOf(layer), from: layer.file }, layer.sizeBytes);
    yield* createReadStream(layer.file, { highWaterMark: 1024 * 1024 });
    yield tarPadding(layer.sizeBytes);
  }
  const manifest: object[] = [];
  for (const image of images) {
    const config = Buffer.from(JSON.stringify(configOf(image)));
    const path = `${createHash("sha256").update(config).digest("hex")}.json`;
    yield* wholeFile(path, config);
    manifest.push({ Config: path, RepoTags: [image.reference], Layers: image.layers.map(nameOf) });
  }
  yield* wholeFile("manifest.json", Buffer.from(JSON.stringify(manifest)));
  yield tarEnd;
}

function nameOf({ digest }: ImageLayer): string {
  return `${digest.replace("sha256:", "")}.tar`;
}

function configOf({ layers, settings, architecture = hostArchitecture() }: Image): object {
  return {
    architecture,
    os: "linux",
    created: "1970-01-01T00:00:00Z", // the same parts are the same image
    config: settings,
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created: "1970-01-01T00:00:00Z" })),
  };
}

function hostArchitecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

function* wholeFile(path: string, content: Buffer): Generator<Buffer> {
  yield* tarHead({ kind: "file", path, content }, content.length);
  yield content;
  yield tarPadding(content.length);
}
