import type { S3Endpoint } from "./s3-endpoint.ts";

export type S3Address = {
  readonly bucket?: string | undefined;
  /** As it is: nothing of it is ever normalised. */
  readonly key?: string | undefined;
  /** Decoded; what is undefined is left out. */
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
};

/** As text: `URL` would take the dots out of a key. */
export function s3Url({ url, addressing }: S3Endpoint, { bucket, key, query = {} }: S3Address): string {
  const [, scheme = "", host = "", prefix = ""] = /^(https?:\/\/)([^/]+)(.*)$/.exec(url) ?? [];
  const isVirtual = addressing === "virtual" && bucket !== undefined && isHostName(bucket);
  const start = isVirtual ? `${scheme}${bucket}.${host}${prefix}` : `${scheme}${host}${prefix}`;
  const path = [
    ...(bucket === undefined || isVirtual ? [] : [escapePart(bucket)]),
    ...(key === undefined ? [] : [escapeKey(key)]),
  ];
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${escapePart(name)}=${escapePart(value)}`],
  );
  return `${start}/${path.join("/")}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

/** The value of `x-amz-copy-source`. */
export function copySource({
  bucket,
  key,
  versionId,
}: {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}): string {
  const version = versionId === undefined ? "" : `?versionId=${escapePart(versionId)}`;
  return `/${escapePart(bucket)}/${escapeKey(key)}${version}`;
}

/** Without dots: certificates for `*.s3.example.com` do not hold for more. */
function isHostName(bucket: string): boolean {
  return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);
}

function escapeKey(key: string): string {
  return key.split("/").map(escapePart).join("/");
}

function escapePart(text: string): string {
  // A lone surrogate has no bytes; encodeURIComponent would throw.
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
