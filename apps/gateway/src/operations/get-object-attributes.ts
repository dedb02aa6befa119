import type { ObjectVersion, OpenObject } from "@stave/object-store";
import { type ObjectParts, writeGetObjectAttributesResponse } from "@stave/s3-xml";
import { authorizationOf } from "../auth/authorization.ts";
import { checkObject, missingObject } from "../auth/authorize.ts";
import { checkReader } from "../encryption/key-of-version.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkVersionId } from "../headers/version-id.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { invalid } from "../listing/listing-parameters.ts";
import { storageClass } from "../listing/object-entry.ts";
import { refuseByConditions } from "./describe-read.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

const attributeNames = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"] as const;
type AttributeName = (typeof attributeNames)[number];

const maxPageParts = 1000;

/**
 * GetObjectAttributes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
 *
 * Throws `InvalidRequest` and `InvalidArgument` for its headers, and what HeadObject throws.
 */
export async function getObjectAttributes({ store }: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, query, headers } = request;
  const wanted = readAttributes(headers);
  const page = {
    afterPartNumber: readCount(headers, "x-amz-part-number-marker") ?? 0,
    maxParts: Math.min(readCount(headers, "x-amz-max-parts") ?? maxPageParts, maxPageParts),
  };
  const versionId = checkVersionId(query.get("versionId"));
  const open = await store.openObject({ bucket, key }, versionId);
  const authorization = authorizationOf(request);
  if (open === undefined || !("version" in open)) {
    throw missingObject(authorization, missingVersion(open, { key, versionId }));
  }
  try {
    const { version } = open;
    checkObject(authorization, version);
    checkReader(headers, version);
    const described = describe(request, version);
    refuseByConditions(request, version, described);
    const objectParts = wanted.has("ObjectParts") ? await readParts(open, page) : undefined;
    const xml = writeGetObjectAttributesResponse({
      ...(wanted.has("ETag") && { etag: version.etag }),
      ...(wanted.has("Checksum") && { checksum: version.checksum, checksumType: version.checksum?.type }),
      objectParts,
      ...(wanted.has("StorageClass") && { storageClass }),
      ...(wanted.has("ObjectSize") && { objectSizeBytes: version.sizeBytes }),
    });
    return { status: 200, headers: described, xml };
  } finally {
    await open.close();
  }
}

function readAttributes(headers: RequestHeaders): ReadonlySet<AttributeName> {
  const header = "x-amz-object-attributes";
  const text = headers[header]?.trim() ?? "";
  if (text === "") {
    throw new S3Error(
      "InvalidRequest",
      `The ${header} header specifying the attributes to be retrieved is either missing or empty`,
    );
  }
  const names = text.split(",").map((entry) => {
    const name = attributeNames.find((known) => known === entry.trim());
    if (name === undefined) throw invalid(header, text, "Invalid attribute name specified.");
    return name;
  });
  return new Set(names);
}

function readCount(headers: RequestHeaders, name: string): number | undefined {
  const text = headers[name]?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid(name, text, `Provided ${name} not an integer or within integer range`);
}

function describe({ versioning }: OperationRequest, version: ObjectVersion): Record<string, string> {
  return {
    "last-modified": version.lastModified.toUTCString(),
    ...(versioning !== undefined && { "x-amz-version-id": version.versionId }),
  };
}

async function readParts(
  open: OpenObject,
  page: { readonly afterPartNumber: number; readonly maxParts: number },
): Promise<ObjectParts | undefined> {
  const { partsCount } = open.version;
  if (partsCount === undefined) return undefined;
  const { parts, isTruncated } = await open.listParts(page);
  // Of parts without checksums S3 tells how many they are, and no more.
  const hasChecksums = open.version.checksum !== undefined || parts.some(({ checksum }) => checksum !== undefined);
  if (!hasChecksums) return { partsCount };
  const nextPartNumberMarker = parts.at(-1)?.partNumber ?? page.afterPartNumber;
  return {
    partsCount,
    page: {
      partNumberMarker: page.afterPartNumber,
      nextPartNumberMarker,
      maxParts: page.maxParts,
      isTruncated,
      parts,
    },
  };
}
