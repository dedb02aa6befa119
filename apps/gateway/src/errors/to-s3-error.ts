import { ChunkError } from "@stave/aws-chunked-stream";
import { StoreError, type StoreErrorCode } from "@stave/object-store";
import { PolicyError } from "@stave/s3-policy";
import { XmlError } from "@stave/s3-xml";
import { PostFormError, SignatureError } from "@stave/sigv4-verify";
import { S3Error, type S3ErrorCode } from "./s3-error.ts";

/** Codes of the store that a client never sees as such: they are about this server. */
const operatorCodes = ["DataDirectoryInUse", "DataDirectoryUnusable", "ObjectDamaged", "UnsupportedFormat"] as const;
type OperatorCode = (typeof operatorCodes)[number];

/**
 * The answer to whatever was thrown. Errors of our libraries carry S3's codes; everything else is an `InternalError` with
 * a fixed text, and the cause stays in the log under the request id.
 */
export function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof StoreError) return fromStore(error);
  if (error instanceof SignatureError || error instanceof PostFormError || error instanceof XmlError) {
    return new S3Error(error.code, error.message, { elements: error.details, cause: error });
  }
  if (error instanceof PolicyError) return new S3Error(error.code, error.message, { cause: error });
  if (error instanceof ChunkError) return new S3Error(error.code, error.message, { cause: error });
  return internalError(error);
}

function fromStore(error: StoreError): S3Error {
  if (isOperatorCode(error.code) || error.code === "InternalError") return internalError(error);
  if (error.code === "ObjectLocked") {
    return new S3Error("AccessDenied", "Access Denied because object protected by object lock.", { cause: error });
  }
  if (error.code === "AppendToEncrypted") {
    return new S3Error("NotImplemented", "Appending to an encrypted object is not implemented.", { cause: error });
  }
  const code: S3ErrorCode = error.code;
  return new S3Error(code, error.message, { elements: error.details, cause: error });
}

function isOperatorCode(code: StoreErrorCode): code is OperatorCode {
  return operatorCodes.some((operatorCode) => operatorCode === code);
}

function internalError(cause: unknown): S3Error {
  return new S3Error("InternalError", "We encountered an internal error. Please try again.", { cause });
}
