import type { ObjectVersion, StoredChecksum } from "@stave/object-store";
import { checksumHeader } from "../body/checksum-headers.ts";

/** Headers of GET, HEAD and 304 answers that describe the object. */
export function objectHeaders(version: ObjectVersion): Record<string, string> {
  const headers: Record<string, string> = {
    "accept-ranges": "bytes",
    "last-modified": version.lastModified.toUTCString(),
    etag: quote(version.etag),
    ...version.metadata.headers,
  };
  const { user } = version.metadata;
  for (const name of Object.keys(user)) headers[`x-amz-meta-${name}`] = user[name] ?? "";
  const replication = version.attributes?.replication;
  if (replication !== undefined) headers["x-amz-replication-status"] = replication;
  return headers;
}

/** Headers of an answer to a write. S3 names the version only when it made one: not for `null`. */
export function writtenHeaders(version: ObjectVersion): Record<string, string> {
  return { etag: quote(version.etag), ...versionHeader(version), ...checksumHeaders(version.checksum) };
}

export function versionHeader({ versionId }: ObjectVersion): Record<string, string> {
  return versionId === "null" ? {} : { "x-amz-version-id": versionId };
}

export function checksumHeaders(checksum: StoredChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type };
}

export function quote(etag: string): string {
  return `"${etag}"`;
}

/** Clients send etags with quotes, without them, and XML-escaped ones decoded. */
export function unquote(etag: string): string {
  const text = etag.trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
