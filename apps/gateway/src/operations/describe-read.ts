import { validateHeaderValue } from "node:http";
import type { ByteRange, ObjectVersion, OpenObjectPart, StoredChecksum, VersionAttributes } from "@stave/object-store";
import { checkReader } from "../encryption/key-of-version.ts";
import { S3Error } from "../errors/s3-error.ts";
import { encryptionHeaders } from "../headers/encryption-headers.ts";
import { checksumHeaders, objectHeaders } from "../headers/object-headers.ts";
import { lockHeaders } from "../headers/object-lock-headers.ts";
import { contentRange, parseRange } from "../headers/parse-range.ts";
import { evaluateReadConditions, preconditionFailed } from "../headers/read-conditions.ts";
import type { OperationRequest } from "./operation.ts";

export type ReadDescription = {
  readonly status: 200 | 206;
  readonly headers: Record<string, string>;
  readonly sizeBytes: number;
  /** Undefined for the whole object, and for a part without bytes. */
  readonly range: ByteRange | undefined;
};

const overrides = [
  ["response-cache-control", "cache-control"],
  ["response-content-disposition", "content-disposition"],
  ["response-content-encoding", "content-encoding"],
  ["response-content-language", "content-language"],
  ["response-content-type", "content-type"],
  ["response-expires", "expires"],
] as const;

/**
 * What GetObject and HeadObject answer for a version that exists. Throws what {@link checkReader} throws, `NotModified` and
 * `PreconditionFailed`, which come before the range, and `InvalidRange`.
 */
export function describeRead(
  request: OperationRequest,
  version: ObjectVersion,
  part?: OpenObjectPart,
): ReadDescription {
  checkReader(request.headers, version);
  const headers = objectHeaders(version);
  if (version.encryption !== undefined) Object.assign(headers, encryptionHeaders(request.headers, version.encryption));
  if (request.versioning !== undefined) headers["x-amz-version-id"] = version.versionId;
  if (version.attributes !== undefined) Object.assign(headers, attributeHeaders(version.attributes));
  refuseByConditions(request, version, headers);

  const range = part === undefined ? wantedRange(request, version) : part.range;
  if (range !== undefined) headers["content-range"] = contentRange(range, version.sizeBytes);
  if (part !== undefined && version.partsCount !== undefined)
    headers["x-amz-mp-parts-count"] = String(version.partsCount);
  if (request.headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED") {
    Object.assign(headers, checksumHeaders(describedChecksum(version, part, range)));
  }
  applyOverrides(request.query, headers);
  return {
    status: range === undefined ? 200 : 206,
    headers,
    sizeBytes: sizeOf(version, part, range),
    range,
  };
}

/**
 * SDKs check the body they get against this value, so it must be that of the bytes that are sent: of a whole object, or of one
 * of its parts, which S3 calls by the type of the object's.
 */
function describedChecksum(
  version: ObjectVersion,
  part: OpenObjectPart | undefined,
  range: ByteRange | undefined,
): StoredChecksum | undefined {
  if (part === undefined) return range === undefined ? version.checksum : undefined;
  if (version.partsCount === undefined) return version.checksum;
  return part.checksum && { ...part.checksum, type: version.checksum?.type ?? part.checksum.type };
}

function attributeHeaders(attributes: VersionAttributes): Record<string, string> {
  const count = Object.keys(attributes.tags ?? {}).length;
  return { ...(count > 0 && { "x-amz-tagging-count": String(count) }), ...lockHeaders(attributes) };
}

/** A part without bytes has no range, and is not the whole object. */
function sizeOf(version: ObjectVersion, part: OpenObjectPart | undefined, range: ByteRange | undefined): number {
  if (range !== undefined) return range.last - range.first + 1;
  return part === undefined ? version.sizeBytes : 0;
}

/** The part number a read asks for. Throws `InvalidArgument` and `InvalidRequest`. */
export function readPartNumber({ query, headers }: OperationRequest): number | undefined {
  const text = query.get("partNumber");
  if (text === undefined) return undefined;
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (partNumber < 1 || partNumber > 10_000) {
    throw new S3Error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", {
      elements: { ArgumentName: "partNumber", ArgumentValue: text },
    });
  }
  if (headers.range !== undefined) {
    throw new S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
  }
  return partNumber;
}

/** Of an object that is not multipart, part 1 is all of it. */
export function wholeAsPart(version: ObjectVersion, partNumber: number): OpenObjectPart {
  if (partNumber > 1) throw invalidPartNumber(version, partNumber);
  return { range: version.sizeBytes === 0 ? undefined : { first: 0, last: version.sizeBytes - 1 } };
}

export function invalidPartNumber(version: ObjectVersion, partNumber: number): S3Error {
  return new S3Error("InvalidPartNumber", "The requested partnumber is not satisfiable", {
    elements: { ActualPartCount: String(version.partsCount ?? 1), PartNumberRequested: String(partNumber) },
  });
}

/** Throws `PreconditionFailed`, and `NotModified` with those of the headers that belong to it. */
export function refuseByConditions(
  request: OperationRequest,
  version: ObjectVersion,
  headers: Readonly<Record<string, string>>,
): void {
  const result = evaluateReadConditions(
    {
      ifMatch: request.headers["if-match"],
      ifNoneMatch: request.headers["if-none-match"],
      ifModifiedSince: request.headers["if-modified-since"],
      ifUnmodifiedSince: request.headers["if-unmodified-since"],
      receivedAt: request.receivedAt,
    },
    version,
  );
  if (result.outcome === "failed") throw preconditionFailed(result.condition);
  if (result.outcome === "proceed") return;
  const kept = ["etag", "last-modified", "cache-control", "expires", "x-amz-version-id"];
  throw new S3Error("NotModified", "Not Modified", {
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name))),
  });
}

function wantedRange(request: OperationRequest, version: ObjectVersion): ByteRange | undefined {
  const ifRange = request.headers["if-range"];
  if (ifRange !== undefined && !isCurrent(ifRange, version)) return undefined;
  return parseRange(request.headers.range, version.sizeBytes);
}

/** If-Range: an etag, or the exact date. https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5 */
function isCurrent(validator: string, version: ObjectVersion): boolean {
  return validator === `"${version.etag}"` || validator === version.lastModified.toUTCString();
}

function applyOverrides(query: ReadonlyMap<string, string>, headers: Record<string, string>): void {
  if (query.size === 0) return;
  for (const [parameter, header] of overrides) {
    const value = query.get(parameter);
    if (value === undefined) continue;
    headers[header] = headerValue(parameter, value);
  }
}

/** UTF-8, one character a byte, as node:http wants it. A line break would end the header section: `InvalidArgument`. */
function headerValue(parameter: string, value: string): string {
  const text = Buffer.from(value).toString("latin1");
  try {
    validateHeaderValue(parameter, text);
    return text;
  } catch (cause) {
    throw new S3Error("InvalidArgument", `The value of ${parameter} holds characters that a header cannot carry.`, {
      cause,
      elements: { ArgumentName: parameter },
    });
  }
}
