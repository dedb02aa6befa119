import { type ChecksumMember, checksumElement, type Owner, ownerElement } from "./members.ts";
import { dateElement, etagElement, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** An uploaded part. */
export type PartEntry = {
  readonly partNumber: number;
  readonly lastModified: Date;
  /** Without quotes. */
  readonly etag: string;
  readonly sizeBytes: number;
  readonly checksum?: ChecksumMember | undefined;
};

/** A page of ListParts. */
export type ListPartsResult = {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiator?: Owner | undefined;
  readonly owner?: Owner | undefined;
  readonly storageClass: string;
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
  readonly partNumberMarker: number;
  readonly nextPartNumberMarker?: number | undefined;
  readonly maxParts: number;
  readonly isTruncated: boolean;
  readonly parts: readonly PartEntry[];
};

/** The answer of ListParts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function writeListPartsResult(result: ListPartsResult): string {
  let parts = "";
  for (const part of result.parts) parts += partElement(part);
  return successDocument(
    "ListPartsResult",
    textElement("Bucket", result.bucket) +
      textElement("Key", result.key) +
      textElement("UploadId", result.uploadId) +
      ownerElement("Initiator", result.initiator) +
      ownerElement("Owner", result.owner) +
      textElement("StorageClass", result.storageClass) +
      optionalElement("ChecksumAlgorithm", result.checksumAlgorithm) +
      optionalElement("ChecksumType", result.checksumType) +
      `<PartNumberMarker>${result.partNumberMarker}</PartNumberMarker>` +
      optionalElement("NextPartNumberMarker", result.nextPartNumberMarker) +
      `<MaxParts>${result.maxParts}</MaxParts>` +
      `<IsTruncated>${result.isTruncated}</IsTruncated>` +
      parts,
  );
}

function partElement(part: PartEntry): string {
  return `<Part>${
    `<PartNumber>${part.partNumber}</PartNumber>` +
    dateElement("LastModified", part.lastModified) +
    etagElement(part.etag) +
    `<Size>${part.sizeBytes}</Size>` +
    checksumElement(part.checksum)
  }</Part>`;
}
