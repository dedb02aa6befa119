import { CliError } from "../command/cli-error.ts";

/** An object, or whatever begins so; `context` is whose, where it was named. */
export type S3Target = {
  readonly kind: "s3";
  readonly context: string | undefined;
  /** Empty in `s3://`: all buckets. */
  readonly bucket: string;
  /** Exactly as typed, and empty for the bucket itself. */
  readonly key: string;
};

export type Target =
  | S3Target
  | { readonly kind: "local"; readonly path: string }
  /** `-`: stdin or stdout. */
  | { readonly kind: "stream" };

/**
 * `s3://bucket/key`, `context:bucket/key`, `-`, or else a path. Keys stay as they are: `s3://b//a/../c` is the key `/a/../c`. Throws
 * `Usage` for the name of a context that there is not: a file of such a name is `./name:a`.
 */
export function parseTarget(text: string, { contexts }: { readonly contexts: readonly string[] }): Target {
  if (text === "-") return { kind: "stream" };
  if (text.startsWith("s3://")) return { kind: "s3", context: undefined, ...split(text.slice("s3://".length), text) };
  // The longest: contexts are called as their host at first, 127.0.0.1:7400.
  const [context] = contexts.filter((name) => text.startsWith(`${name}:`)).sort((a, b) => b.length - a.length);
  if (context !== undefined) return { kind: "s3", context, ...split(text.slice(context.length + 1), text) };
  if (/^[A-Za-z0-9][\w.-]+:(?![\\])/.test(text)) {
    const name = text.slice(0, text.indexOf(":"));
    throw new CliError("Usage", `There is no context "${name}".`, {
      why: `It is read from "${text}".`,
      next: ["stave context list", `s3://BUCKET/KEY for an object, ./${text} for a file`],
    });
  }
  if (text === "") throw new CliError("Usage", "Expected s3://BUCKET/KEY or a path, got nothing.");
  return { kind: "local", path: text };
}

/** As {@link parseTarget}, where only an object or a bucket will do. */
export function parseS3Target(text: string, { contexts }: { readonly contexts: readonly string[] }): S3Target {
  const target = parseTarget(text, { contexts });
  if (target.kind !== "s3") {
    throw new CliError("Usage", `Expected s3://BUCKET/KEY, got "${text}".`, {
      next: [`s3://${text.replace(/^[./]+/, "")}`],
    });
  }
  return target;
}

/** As it is typed. */
export function formatTarget({ context, bucket, key }: Pick<S3Target, "context" | "bucket" | "key">): string {
  const path = key === "" ? bucket : `${bucket}/${key}`;
  return context === undefined ? `s3://${path}` : `${context}:${path}`;
}

function split(path: string, text: string): Pick<S3Target, "bucket" | "key"> {
  const slash = path.indexOf("/");
  const bucket = slash === -1 ? path : path.slice(0, slash);
  const key = slash === -1 ? "" : path.slice(slash + 1);
  if (bucket === "" && key !== "") throw new CliError("Usage", `There is no bucket in "${text}".`);
  if (Buffer.byteLength(key) > 1024) throw new CliError("Usage", "A key has at most 1,024 bytes.");
  return { bucket, key };
}
