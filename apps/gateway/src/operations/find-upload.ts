import type { ObjectStore, Upload, UploadAddress } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import type { OperationRequest } from "./operation.ts";

export function uploadAddress({ bucket, key, query }: OperationRequest): UploadAddress {
  return { bucket, key, uploadId: query.get("uploadId") ?? "" };
}

/** Throws `NoSuchUpload`. */
export async function findUpload(store: ObjectStore, address: UploadAddress): Promise<Upload> {
  const upload = await store.readUpload(address);
  if (upload !== undefined) return upload;
  throw new S3Error(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { elements: { UploadId: address.uploadId } },
  );
}

/** Throws `InvalidArgument` for anything but 1 to 10,000. */
export function readUploadPartNumber({ query }: OperationRequest): number {
  const text = query.get("partNumber") ?? "";
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (partNumber >= 1 && partNumber <= 10_000) return partNumber;
  throw new S3Error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", {
    elements: { ArgumentName: "partNumber", ArgumentValue: text },
  });
}
