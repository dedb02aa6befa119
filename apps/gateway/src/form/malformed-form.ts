import { S3Error } from "../errors/s3-error.ts";

export function malformedForm(cause?: unknown): S3Error {
  return new S3Error("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", {
    cause,
  });
}
