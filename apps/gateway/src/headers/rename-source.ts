import { S3Error } from "../errors/s3-error.ts";
import { decodePercent } from "../http/decode-percent.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

export const renameSourceHeader = "x-amz-rename-source";

const maxKeyBytes = 1024;

/**
 * The key that `x-amz-rename-source` names, URL-encoded: by itself, as the AWS CLI sends it, or as `/bucket/key` of the same
 * bucket, as rclone and Mountpoint do. Throws `InvalidArgument`.
 */
export function readRenameSource(headers: RequestHeaders, bucket: string): string {
  const text = headers[renameSourceHeader] ?? "";
  const path = decode(text);
  const home = `/${bucket}/`;
  // A key may begin with a slash, and so may another bucket: no guessing.
  const key = path.startsWith(home) ? path.slice(home.length) : path;
  if (key !== "" && Buffer.byteLength(key) <= maxKeyBytes && (key !== path || !path.startsWith("/"))) return key;
  throw invalid(`Rename Source must be a key, or /${bucket}/ and a key`, text);
}

function decode(text: string): string {
  try {
    return decodePercent(text);
  } catch (cause) {
    throw invalid("Invalid rename source encoding.", text, cause);
  }
}

function invalid(message: string, value: string, cause?: unknown): S3Error {
  return new S3Error("InvalidArgument", message, {
    cause,
    elements: { ArgumentName: renameSourceHeader, ArgumentValue: value },
  });
}
