import { type ChecksumMember, checksumElement } from "./members.ts";
import { element, optionalElement, successDocument } from "./xml-writer.ts";

/** A part among the attributes of an object. */
export type ObjectPart = {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly checksum?: ChecksumMember | undefined;
};

/** The parts of an object that was uploaded in parts. */
export type ObjectParts = {
  /** Of the whole object. */
  readonly partsCount: number;
  /** The page: undefined where the parts have no checksum, of which S3 tells the count alone. */
  readonly page?:
    | {
        readonly partNumberMarker: number;
        readonly nextPartNumberMarker: number;
        readonly maxParts: number;
        readonly isTruncated: boolean;
        readonly parts: readonly ObjectPart[];
      }
    | undefined;
};

/** The attributes that were asked for and that the object has. */
export type GetObjectAttributesResponse = {
  /** Without quotes, here on the wire too. */
  readonly etag?: string | undefined;
  readonly checksum?: ChecksumMember | undefined;
  readonly checksumType?: string | undefined;
  readonly objectParts?: ObjectParts | undefined;
  readonly storageClass?: string | undefined;
  readonly objectSizeBytes?: number | undefined;
};

/** The answer of GetObjectAttributes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export function writeGetObjectAttributesResponse(attributes: GetObjectAttributesResponse): string {
  const { etag, checksum, checksumType, objectParts, storageClass, objectSizeBytes } = attributes;
  return successDocument(
    "GetObjectAttributesResponse",
    optionalElement("ETag", etag) +
      element("Checksum", checksum && checksumElement(checksum) + optionalElement("ChecksumType", checksumType)) +
      element("ObjectParts", objectParts && partsMembers(objectParts)) +
      optionalElement("StorageClass", storageClass) +
      optionalElement("ObjectSize", objectSizeBytes),
  );
}

function partsMembers({ page, partsCount }: ObjectParts): string {
  const count = optionalElement("PartsCount", partsCount);
  if (page === undefined) return count;
  return (
    optionalElement("IsTruncated", page.isTruncated) +
    optionalElement("MaxParts", page.maxParts) +
    optionalElement("NextPartNumberMarker", page.nextPartNumberMarker) +
    optionalElement("PartNumberMarker", page.partNumberMarker) +
    page.parts.map(partElement).join("") +
    count
  );
}

function partElement({ partNumber, sizeBytes, checksum }: ObjectPart): string {
  return element(
    "Part",
    checksumElement(checksum) + optionalElement("PartNumber", partNumber) + optionalElement("Size", sizeBytes),
  );
}
