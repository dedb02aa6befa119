import type { S3Answer } from "../s3-client.ts";
import { unquoted } from "./read-answer.ts";

/** What a server says of an object, besides its bytes. */
export type ObjectHead = {
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly versionId: string | undefined;
  readonly contentType: string | undefined;
  readonly storageClass: string | undefined;
  /** `cache-control`, `content-disposition`, and the like, as they were stored. */
  readonly stored: Readonly<Record<string, string>>;
  /** Of `x-amz-meta-*`, without that. */
  readonly metadata: Readonly<Record<string, string>>;
  /** By algorithm in lower case: `crc64nvme`. Of several parts unless `checksumType` is `FULL_OBJECT`. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly checksumType: string | undefined;
  /** `AES256`, `aws:kms`, or a customer's. The ETag may be no MD5 then. */
  readonly encryption: string | undefined;
  /** Everything. */
  readonly headers: S3Answer["headers"];
};

const storedHeaders = ["cache-control", "content-disposition", "content-encoding", "content-language", "expires"];

export function readObjectHead(headers: S3Answer["headers"]): ObjectHead {
  const present = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const after = (prefix: string) =>
    Object.fromEntries(
      present.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
    );
  const { type: checksumType, ...checksums } = after("x-amz-checksum-");
  const total = /\/(\d{1,16})$/.exec(headers["content-range"] ?? "")?.[1];
  const modified = new Date(headers["last-modified"] ?? "");
  return {
    sizeBytes: Number(total ?? headers["content-length"] ?? 0),
    etag: unquoted(headers.etag),
    lastModified: Number.isNaN(modified.getTime()) ? undefined : modified,
    versionId: headers["x-amz-version-id"],
    contentType: headers["content-type"],
    storageClass: headers["x-amz-storage-class"],
    stored: Object.fromEntries(present.filter(([name]) => storedHeaders.includes(name))),
    metadata: after("x-amz-meta-"),
    checksums,
    checksumType,
    encryption:
      headers["x-amz-server-side-encryption"] ??
      (headers["x-amz-server-side-encryption-customer-algorithm"] && "customer"),
    headers,
  };
}
