import type { ObjectVersion } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import { decodePercent } from "../http/decode-percent.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { OperationRequest } from "../operations/operation.ts";
import { evaluateReadConditions, preconditionFailed } from "./read-conditions.ts";
import { checkVersionId } from "./version-id.ts";

const header = "x-amz-copy-source";
const maxKeyBytes = 1024;

export type CopySource = { readonly bucket: string; readonly key: string; readonly versionId: string | undefined };

/**
 * Reads `x-amz-copy-source`: `bucket/key`, URL-encoded once, with or without a leading slash, perhaps with
 * `?versionId=`. Throws `InvalidArgument`.
 */
export function readCopySource(headers: RequestHeaders): CopySource {
  const text = headers[header] ?? "";
  const mark = text.indexOf("?versionId=");
  const path = decode(mark === -1 ? text : text.slice(0, mark)).replace(/^\//, "");
  const versionId = checkVersionId(mark === -1 ? undefined : decode(text.slice(mark + "?versionId=".length)));
  const slash = path.indexOf("/");
  const bucket = path.slice(0, slash);
  const key = path.slice(slash + 1);
  if (slash < 1 || key === "" || versionId === "" || Buffer.byteLength(key) > maxKeyBytes) {
    throw invalid(`Copy Source must mention the source bucket and key: sourcebucket/sourcekey`, text);
  }
  return { bucket, key, versionId };
}

/** Throws `PreconditionFailed`: for a copy, "not modified" is a failure as well. */
export function checkSourceConditions(
  { headers, receivedAt }: Pick<OperationRequest, "headers" | "receivedAt">,
  version: ObjectVersion,
): void {
  const result = evaluateReadConditions(
    {
      ifMatch: headers[`${header}-if-match`],
      ifNoneMatch: headers[`${header}-if-none-match`],
      ifModifiedSince: headers[`${header}-if-modified-since`],
      ifUnmodifiedSince: headers[`${header}-if-unmodified-since`],
      receivedAt,
    },
    version,
  );
  if (result.outcome !== "proceed") throw preconditionFailed(`${header}-${result.condition}`);
}

function decode(text: string): string {
  try {
    // Clients that send a plus itself write %2B.
    return decodePercent(text.replaceAll("+", " "));
  } catch (cause) {
    throw invalid("Invalid copy source encoding.", text, cause);
  }
}

function invalid(message: string, value: string, cause?: unknown): S3Error {
  return new S3Error("InvalidArgument", message, { cause, elements: { ArgumentName: header, ArgumentValue: value } });
}
