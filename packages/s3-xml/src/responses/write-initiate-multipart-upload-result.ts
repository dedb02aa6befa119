import { successDocument, textElement } from "./xml-writer.ts";

/** A multipart upload that has begun. */
export type InitiateMultipartUploadResult = {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
};

/** The answer of CreateMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function writeInitiateMultipartUploadResult(result: InitiateMultipartUploadResult): string {
  return successDocument(
    "InitiateMultipartUploadResult",
    textElement("Bucket", result.bucket) + textElement("Key", result.key) + textElement("UploadId", result.uploadId),
  );
}
