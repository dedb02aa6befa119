import { type ChecksumMember, checksumElement } from "./members.ts";
import { dateElement, etagElement, optionalElement, successDocument } from "./xml-writer.ts";

/** The object that a copy made. */
export type CopyObjectResult = {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly checksum?: ChecksumMember | undefined;
  readonly checksumType?: string | undefined;
};

/** The answer of CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function writeCopyObjectResult(result: CopyObjectResult): string {
  return successDocument(
    "CopyObjectResult",
    etagElement(result.etag) +
      dateElement("LastModified", result.lastModified) +
      checksumElement(result.checksum) +
      optionalElement("ChecksumType", result.checksumType),
  );
}
