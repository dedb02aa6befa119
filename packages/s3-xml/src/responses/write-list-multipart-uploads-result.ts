import { commonPrefixElements, keyElement, type Owner, ownerElement } from "./members.ts";
import type { EncodingType } from "./url-encoding.ts";
import { dateElement, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** A multipart upload that is neither completed nor aborted. */
export type UploadEntry = {
  readonly key: string;
  readonly uploadId: string;
  readonly initiator?: Owner | undefined;
  readonly owner?: Owner | undefined;
  readonly storageClass: string;
  readonly initiatedAt: Date;
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
};

/** A page of ListMultipartUploads. */
export type ListMultipartUploadsResult = {
  readonly bucket: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly nextKeyMarker?: string | undefined;
  readonly nextUploadIdMarker?: string | undefined;
  readonly prefix: string;
  readonly delimiter?: string | undefined;
  readonly encodingType?: EncodingType | undefined;
  readonly maxUploads: number;
  readonly isTruncated: boolean;
  /** By key, then time of initiation. */
  readonly uploads: readonly UploadEntry[];
  readonly commonPrefixes: readonly string[];
};

/** The answer of ListMultipartUploads: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export function writeListMultipartUploadsResult(result: ListMultipartUploadsResult): string {
  const { encodingType } = result;
  let uploads = "";
  for (const upload of result.uploads) uploads += uploadElement(upload, encodingType);
  return successDocument(
    "ListMultipartUploadsResult",
    textElement("Bucket", result.bucket) +
      keyElement("KeyMarker", result.keyMarker, encodingType) +
      textElement("UploadIdMarker", result.uploadIdMarker) +
      keyElement("NextKeyMarker", result.nextKeyMarker, encodingType) +
      optionalElement("NextUploadIdMarker", result.nextUploadIdMarker) +
      keyElement("Prefix", result.prefix, encodingType) +
      keyElement("Delimiter", result.delimiter, encodingType) +
      optionalElement("EncodingType", encodingType) +
      `<MaxUploads>${result.maxUploads}</MaxUploads>` +
      `<IsTruncated>${result.isTruncated}</IsTruncated>` +
      uploads +
      commonPrefixElements(result.commonPrefixes, encodingType),
  );
}

function uploadElement(upload: UploadEntry, encodingType: EncodingType | undefined): string {
  return `<Upload>${
    keyElement("Key", upload.key, encodingType) +
    textElement("UploadId", upload.uploadId) +
    ownerElement("Initiator", upload.initiator) +
    ownerElement("Owner", upload.owner) +
    textElement("StorageClass", upload.storageClass) +
    dateElement("Initiated", upload.initiatedAt) +
    optionalElement("ChecksumAlgorithm", upload.checksumAlgorithm) +
    optionalElement("ChecksumType", upload.checksumType)
  }</Upload>`;
}
