import { type ChecksumMember, checksumElement } from "./members.ts";
import { etagElement, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** The object that a multipart upload became. */
export type CompleteMultipartUploadResult = {
  /** The object's address as the client reaches it. */
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: ChecksumMember | undefined;
  readonly checksumType?: string | undefined;
};

/** The answer of CompleteMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function writeCompleteMultipartUploadResult(result: CompleteMultipartUploadResult): string {
  return successDocument(
    "CompleteMultipartUploadResult",
    textElement("Location", result.location) +
      textElement("Bucket", result.bucket) +
      textElement("Key", result.key) +
      etagElement(result.etag) +
      checksumElement(result.checksum) +
      optionalElement("ChecksumType", result.checksumType),
  );
}
