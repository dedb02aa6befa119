import { join } from "node:path";
import { appFiles } from "./app-files.ts";
import type { Image } from "./image-archive.ts";
import type { ImageLayer } from "./image-layer.ts";
import { imageUser, libraryFiles, sharedLibraries } from "./node-files.ts";
import type { TarEntry } from "./write-tar.ts";

/** How containers run the gateway. It takes all flags and commands of `stave-gateway` as arguments. */
export const gatewayCommand = ["/usr/local/bin/node", "/app/apps/gateway/dist/main.js"];

/** The built gateway of the repository `root`, as it lies in the image above the files of Node.js. */
export function gatewayFiles(root: string): readonly TarEntry[] {
  const files = appFiles(root, join("apps", "gateway"), "app");
  const addons = files.flatMap((entry) => (entry.kind === "copy" && entry.path.endsWith(".node") ? [entry.from] : []));
  return [...files, ...libraryFiles(new Set(addons.flatMap(sharedLibraries)))];
}

/**
 * Stave's own image: an S3 server on port 9000 that keeps everything in the volume `/data`. It has no health check of its own, as that
 * would start a process every few seconds.
 */
export function staveImage(reference: string, layers: readonly ImageLayer[]): Image {
  return {
    reference,
    layers,
    settings: {
      Entrypoint: gatewayCommand,
      Env: ["STAVE_DATA_DIR=/data", "STAVE_HOST=0.0.0.0", "STAVE_PORT=9000", "NODE_ENV=production"],
      User: `${imageUser}:${imageUser}`,
      WorkingDir: "/data",
      ExposedPorts: { "9000/tcp": {} },
      Volumes: { "/data": {} },
      Labels: { "org.opencontainers.image.title": "stave", "org.opencontainers.image.licenses": "Apache-2.0" },
    },
  };
}
