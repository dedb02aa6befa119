import { type ChecksumMember, checksumElement } from "./members.ts";
import { dateElement, etagElement, successDocument } from "./xml-writer.ts";

/** The part that UploadPartCopy made. */
export type CopyPartResult = {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly checksum?: ChecksumMember | undefined;
};

/** The answer of UploadPartCopy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export function writeCopyPartResult(result: CopyPartResult): string {
  return successDocument(
    "CopyPartResult",
    etagElement(result.etag) + dateElement("LastModified", result.lastModified) + checksumElement(result.checksum),
  );
}
