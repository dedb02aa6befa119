import type { Readable, Writable } from "node:stream";
import { CliError } from "../command/cli-error.ts";
import { formatTarget } from "../s3/targets.ts";
import { contentTypeOf } from "./content-type.ts";
import { type CopyOptions, copyBetween } from "./copy-between.ts";
import { downloadObject, type SourceObject } from "./download-object.ts";
import { readObject } from "./read-object.ts";
import type { TransferContext } from "./transfer-context.ts";
import { uploadFile } from "./upload-file.ts";
import { uploadStream } from "./upload-stream.ts";

/** Where something is, or is to be. */
export type Place =
  | { readonly kind: "file"; readonly path: string }
  | (SourceObject & {
      readonly kind: "object";
      readonly context: string | undefined;
      readonly etag?: string | undefined;
    })
  | { readonly kind: "input"; readonly stream: Readable }
  | { readonly kind: "output"; readonly stream: Writable };

/** One thing from one place to another. */
export type Item = {
  readonly source: Place;
  readonly target: Place;
  /** Where it is known. */
  readonly sizeBytes: number | undefined;
};

/** As it is typed on the command line. */
export function formatPlace(place: Place): string {
  if (place.kind === "file") return place.path;
  return place.kind === "object" ? formatTarget(place) : "-";
}

export async function transferItem(
  { source, target }: Item,
  options: CopyOptions,
  context: TransferContext,
): Promise<void> {
  if (source.kind === "object" && target.kind === "object") {
    await copyBetween(source, target, options, context);
  } else if (source.kind === "object" && target.kind === "file") {
    await downloadObject(source, target.path, context);
  } else if (source.kind === "object" && target.kind === "output") {
    await readObject(source, target.stream, context);
  } else if (source.kind === "file" && target.kind === "object") {
    const contentType = options.settings.contentType ?? contentTypeOf(source.path);
    const settings = { ...options.settings, contentType };
    await uploadFile(source.path, target, { ...options, settings }, context);
  } else if (source.kind === "input" && target.kind === "object") {
    const contentType = options.settings.contentType ?? contentTypeOf(target.key);
    const settings = { ...options.settings, contentType };
    await uploadStream(source.stream, target, { ...options, settings }, context);
  } else {
    throw new CliError("Usage", "One of the two has to be an object: s3://BUCKET/KEY.");
  }
}
